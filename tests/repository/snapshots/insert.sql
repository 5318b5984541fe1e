-- context, org_id, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, v20, v21, v22, v23, v24, v25, v0, v1, v2, v3
WITH audited AS
(INSERT INTO data.audit_event (org_id, id, actor, client_id, request_id, action, record_type, record_id, fields) VALUES (CASE WHEN palisade.enter($1::VARCHAR) THEN $2::UUID END, $3::UUID, $4::VARCHAR COLLATE "C", $5::VARCHAR COLLATE "C", $6::VARCHAR COLLATE "C", $7::VARCHAR COLLATE "C", $8::VARCHAR COLLATE "C", $9::VARCHAR COLLATE "C", $10::TEXT[] COLLATE "C"), (CASE WHEN palisade.enter($1::VARCHAR) THEN $2::UUID END, $11::UUID, $12::VARCHAR COLLATE "C", $13::VARCHAR COLLATE "C", $14::VARCHAR COLLATE "C", $15::VARCHAR COLLATE "C", $16::VARCHAR COLLATE "C", $17::VARCHAR COLLATE "C", $18::TEXT[] COLLATE "C")),
told AS
(INSERT INTO data.outbox_message (org_id, id, topic, record_id) VALUES (CASE WHEN palisade.enter($1::VARCHAR) THEN $2::UUID END, $19::UUID, $20::VARCHAR COLLATE "C", $21::VARCHAR COLLATE "C"), (CASE WHEN palisade.enter($1::VARCHAR) THEN $2::UUID END, $22::UUID, $23::VARCHAR COLLATE "C", $24::VARCHAR COLLATE "C")),
inserted AS
(INSERT INTO data.group_record (org_id, id, name) VALUES (CASE WHEN palisade.enter($1::VARCHAR) THEN $2::UUID END, $25::UUID, $26::VARCHAR COLLATE "C"), (CASE WHEN palisade.enter($1::VARCHAR) THEN $2::UUID END, $27::UUID, $28::VARCHAR COLLATE "C") RETURNING data.group_record.org_id, data.group_record.id, data.group_record.name, data.group_record.description, data.group_record.created_at, data.group_record.updated_at, data.group_record.version)
 SELECT array((SELECT row(inserted.id, inserted.name, inserted.description, inserted.created_at, inserted.updated_at, inserted.version) AS row_1
FROM inserted)) AS array_1
