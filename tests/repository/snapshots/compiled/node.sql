-- context, org_id, v0
SELECT CASE WHEN palisade.enter($1) THEN ('{"data":{"answer":' || coalesce(
(SELECT '{"name":' || to_json(t2.name)::text || '}'
FROM data.vendor AS t2
WHERE t2.org_id = $2 AND t2.id = $3::uuid), 'null') || '}}') END
