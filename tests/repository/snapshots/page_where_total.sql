-- context, org_id, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, v20, v21, v22, v23, v24
SELECT CASE WHEN palisade.enter($1::VARCHAR) THEN array((SELECT row(integration_1.id, integration_1.name, integration_1.status, integration_1.auth_method, integration_1.base_url, integration_1.scopes, integration_1.last_sync_at, integration_1.vendor_id, integration_1.application_id, integration_1.owner_id, integration_1.created_at, integration_1.updated_at, integration_1.version) AS row_1
FROM data.integration AS integration_1
WHERE integration_1.org_id = $2::UUID AND (integration_1.name = $3::VARCHAR COLLATE "C" OR integration_1.name IS DISTINCT FROM $4::VARCHAR COLLATE "C" OR integration_1.name = any($5::TEXT[] COLLATE "C") OR strpos(integration_1.name, $6::VARCHAR COLLATE "C") > 0 OR starts_with(integration_1.name, $7::VARCHAR COLLATE "C")) AND integration_1.last_sync_at < $8::TIMESTAMP WITH TIME ZONE AND integration_1.last_sync_at <= $9::TIMESTAMP WITH TIME ZONE AND integration_1.last_sync_at > $10::TIMESTAMP WITH TIME ZONE AND integration_1.last_sync_at >= $11::TIMESTAMP WITH TIME ZONE AND integration_1.last_sync_at IS NOT NULL AND $12::VARCHAR = any(integration_1.scopes) AND (EXISTS (SELECT 1
FROM data.vendor AS vendor_1
WHERE vendor_1.org_id = $2::UUID AND vendor_1.id = integration_1.vendor_id AND vendor_1.name = $13::VARCHAR COLLATE "C")) AND NOT coalesce(EXISTS (SELECT 1
FROM data.grant_record AS grant_record_1
WHERE grant_record_1.org_id = $2::UUID AND grant_record_1.integration_id = integration_1.id AND NOT coalesce(true, false)), false) AND (EXISTS (SELECT 1
FROM data.user_record AS user_record_1
WHERE user_record_1.org_id = $2::UUID AND user_record_1.id = integration_1.owner_id AND (EXISTS (SELECT 1
FROM data.group_record AS group_record_1
WHERE group_record_1.org_id = $2::UUID AND group_record_1.id IN (SELECT membership_1.group_id
FROM data.membership AS membership_1
WHERE membership_1.org_id = $2::UUID AND membership_1.user_id = user_record_1.id) AND group_record_1.name = $14::VARCHAR COLLATE "C")))) ORDER BY integration_1.id ASC
 LIMIT $15::INTEGER)) END AS anon_1, CASE WHEN palisade.enter($1::VARCHAR) THEN (SELECT count(*) AS count_1
FROM data.integration AS integration_2
WHERE integration_2.org_id = $2::UUID AND (integration_2.name = $16::VARCHAR COLLATE "C" OR integration_2.name IS DISTINCT FROM $17::VARCHAR COLLATE "C" OR integration_2.name = any($18::TEXT[] COLLATE "C") OR strpos(integration_2.name, $19::VARCHAR COLLATE "C") > 0 OR starts_with(integration_2.name, $20::VARCHAR COLLATE "C")) AND integration_2.last_sync_at < $21::TIMESTAMP WITH TIME ZONE AND integration_2.last_sync_at <= $22::TIMESTAMP WITH TIME ZONE AND integration_2.last_sync_at > $23::TIMESTAMP WITH TIME ZONE AND integration_2.last_sync_at >= $24::TIMESTAMP WITH TIME ZONE AND integration_2.last_sync_at IS NOT NULL AND $25::VARCHAR = any(integration_2.scopes) AND (EXISTS (SELECT 1
FROM data.vendor AS vendor_2
WHERE vendor_2.org_id = $2::UUID AND vendor_2.id = integration_2.vendor_id AND vendor_2.name = $26::VARCHAR COLLATE "C")) AND NOT coalesce(EXISTS (SELECT 1
FROM data.grant_record AS grant_record_2
WHERE grant_record_2.org_id = $2::UUID AND grant_record_2.integration_id = integration_2.id AND NOT coalesce(true, false)), false) AND (EXISTS (SELECT 1
FROM data.user_record AS user_record_2
WHERE user_record_2.org_id = $2::UUID AND user_record_2.id = integration_2.owner_id AND (EXISTS (SELECT 1
FROM data.group_record AS group_record_2
WHERE group_record_2.org_id = $2::UUID AND group_record_2.id IN (SELECT membership_2.group_id
FROM data.membership AS membership_2
WHERE membership_2.org_id = $2::UUID AND membership_2.user_id = user_record_2.id) AND group_record_2.name = $27::VARCHAR COLLATE "C"))))) END AS anon_2
