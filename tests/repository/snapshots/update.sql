-- v0, v1, org_id, v2, v3
WITH updated AS
(UPDATE data.group_record SET name=$1::VARCHAR COLLATE "C", description=$2::VARCHAR COLLATE "C", updated_at=now(), version=(data.group_record.version + 1) WHERE data.group_record.org_id = $3::UUID AND data.group_record.id = $4::UUID AND data.group_record.version = $5::INTEGER RETURNING data.group_record.org_id, data.group_record.id, data.group_record.name, data.group_record.description, data.group_record.created_at, data.group_record.updated_at, data.group_record.version)
 SELECT array((SELECT row(updated.id, updated.name, updated.description, updated.created_at, updated.updated_at, updated.version) AS row_1
FROM updated)) AS array_1
