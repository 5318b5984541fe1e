-- context, org_id, v0
SELECT CASE WHEN palisade.enter($1) THEN ('{"data":{"answer":' ||
(SELECT '{"count":' || count(*)::text || ',"__typename":"A"}'
FROM data.vendor AS t1
WHERE t1.org_id = $2 AND t1.name = ANY ($3::text[])) || '}}') END
