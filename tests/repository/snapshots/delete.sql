-- org_id, v0
WITH deleted AS
(DELETE FROM data.group_record WHERE data.group_record.org_id = $1::UUID AND data.group_record.id = $2::UUID RETURNING data.group_record.org_id, data.group_record.id, data.group_record.name, data.group_record.description, data.group_record.created_at, data.group_record.updated_at, data.group_record.version)
 SELECT array((SELECT row(deleted.id, deleted.name, deleted.description, deleted.created_at, deleted.updated_at, deleted.version) AS row_1
FROM deleted)) AS array_1
