-- org_id, v0, v1, v2, v3
WITH inserted AS
(INSERT INTO data.group_record (org_id, id, name) VALUES ($1::UUID, $2::UUID, $3::VARCHAR COLLATE "C"), ($1::UUID, $4::UUID, $5::VARCHAR COLLATE "C") RETURNING data.group_record.org_id, data.group_record.id, data.group_record.name, data.group_record.description, data.group_record.created_at, data.group_record.updated_at, data.group_record.version)
 SELECT array((SELECT row(inserted.id, inserted.name, inserted.description, inserted.created_at, inserted.updated_at, inserted.version) AS row_1
FROM inserted)) AS array_1
