-- context, org_id, v0
SELECT CASE WHEN palisade.enter($1) THEN ('{"data":{"answer":' || coalesce(
(SELECT '{"name":' || to_json(t1.name)::text || '}'
FROM data.vendor AS t1
WHERE t1.org_id = $2 AND t1.id = $3::uuid), 'null') || '}}') END
