-- context, org_id, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13
WITH inserted AS
(INSERT INTO data.integration (org_id, id, name, vendor_id) VALUES (CASE WHEN palisade.enter($1::VARCHAR) THEN $2::UUID END, $3::UUID, $4::VARCHAR COLLATE "C", $5::UUID) RETURNING data.integration.org_id, data.integration.id, data.integration.name, data.integration.purpose, data.integration.status, data.integration.auth_method, data.integration.base_url, data.integration.scopes, data.integration.client_id, data.integration.last_sync_at, data.integration.vendor_id, data.integration.application_id, data.integration.owner_id, data.integration.created_at, data.integration.updated_at, data.integration.version),
audited AS
(INSERT INTO data.audit_event (org_id, id, actor, client_id, request_id, action, record_type, record_id, fields) VALUES (CASE WHEN palisade.enter($1::VARCHAR) THEN $2::UUID END, $6::UUID, $7::VARCHAR COLLATE "C", $8::VARCHAR COLLATE "C", $9::VARCHAR COLLATE "C", $10::VARCHAR COLLATE "C", $11::VARCHAR COLLATE "C", $12::VARCHAR COLLATE "C", $13::TEXT[] COLLATE "C")),
told AS
(INSERT INTO data.outbox_message (org_id, id, topic, record_id) VALUES (CASE WHEN palisade.enter($1::VARCHAR) THEN $2::UUID END, $14::UUID, $15::VARCHAR COLLATE "C", $16::VARCHAR COLLATE "C"))
 SELECT '{"integration":{"name":' || to_json(t1.name)::text || ',"vendor":' || coalesce(t3.text, 'null') || '}}'
FROM inserted AS t1 LEFT JOIN LATERAL (SELECT '{"name":' || to_json(t2.name)::text || '}' AS text FROM data.vendor AS t2 WHERE t2.org_id = $2 AND t2.id = t1.vendor_id OFFSET 0) AS t3 ON true
