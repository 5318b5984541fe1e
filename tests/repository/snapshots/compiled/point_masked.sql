-- context, org_id, v0
SELECT CASE WHEN palisade.enter($1) THEN ('{"data":{"answer":' || coalesce(
(SELECT '{"name":"***","contact":' || CASE WHEN t1.security_contact IS NULL THEN 'null' ELSE '"***"' END || '}'
FROM data.vendor AS t1
WHERE t1.org_id = $2 AND t1.id = $3::uuid), 'null') || '}}') END
