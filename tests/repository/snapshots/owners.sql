-- context, org_id, v0
SELECT CASE WHEN palisade.enter($1::VARCHAR) THEN array((SELECT row(anon_2.type, anon_2.id) AS row_1
FROM (SELECT 'Vendor' AS type, vendor_1.id AS id
FROM data.vendor AS vendor_1
WHERE vendor_1.org_id = $2::UUID AND vendor_1.id = any($3::UUID[]) UNION ALL SELECT 'User' AS type, user_record_1.id AS id
FROM data.user_record AS user_record_1
WHERE user_record_1.org_id = $2::UUID AND user_record_1.id = any($3::UUID[])) AS anon_2)) END AS anon_1
