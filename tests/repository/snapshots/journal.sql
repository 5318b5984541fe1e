-- org_id, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, v20, v21
WITH audited AS
(INSERT INTO data.audit_event (org_id, id, actor, client_id, request_id, action, record_type, record_id, fields) VALUES ($1::UUID, $2::UUID, $3::VARCHAR COLLATE "C", $4::VARCHAR COLLATE "C", $5::VARCHAR COLLATE "C", $6::VARCHAR COLLATE "C", $7::VARCHAR COLLATE "C", $8::VARCHAR COLLATE "C", $9::TEXT[] COLLATE "C"), ($1::UUID, $10::UUID, $11::VARCHAR COLLATE "C", $12::VARCHAR COLLATE "C", $13::VARCHAR COLLATE "C", $14::VARCHAR COLLATE "C", $15::VARCHAR COLLATE "C", $16::VARCHAR COLLATE "C", $17::TEXT[] COLLATE "C")),
told AS
(INSERT INTO data.outbox_message (org_id, id, topic, record_id) VALUES ($1::UUID, $18::UUID, $19::VARCHAR COLLATE "C", $20::VARCHAR COLLATE "C"), ($1::UUID, $21::UUID, $22::VARCHAR COLLATE "C", $23::VARCHAR COLLATE "C"))
 SELECT true
