-- context, org_id, v0, v1, v2, v3, v4
SELECT CASE WHEN palisade.enter($1) THEN ('{"data":{"answer":' || (WITH t2 AS
(SELECT count(*) AS total
FROM data.vendor AS t3
WHERE t3.org_id = $2 AND (t3.name = $3::text OR NOT coalesce(EXISTS
(SELECT 
FROM data.integration AS t4
WHERE t4.org_id = $2 AND t4.vendor_id = t3.id AND t4.name = $4::text), false))) SELECT '{"nodes":[' || coalesce(string_agg('{"name":' || to_json(t1.name)::text || '}', ','), '') || '],"totalCount":' ||
(SELECT t2.total
FROM t2)::text || '}'
FROM 
(SELECT t5.name
FROM data.vendor AS t5
WHERE t5.org_id = $2 AND (t5.name = $5::text OR NOT coalesce(EXISTS
(SELECT 
FROM data.integration AS t6
WHERE t6.org_id = $2 AND t6.vendor_id = t5.id AND t6.name = $6::text), false))
ORDER BY t5.id
LIMIT $7::integer) AS t1) || '}}') END
