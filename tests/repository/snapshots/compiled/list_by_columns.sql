-- context, org_id, v0
SELECT CASE WHEN palisade.enter($1) THEN ('{"data":{"answer":' ||
(SELECT '{"nodes":[' || coalesce(string_agg('{"name":' || to_json(t1.name)::text || '}', ','), '') || ']}'
FROM 
(SELECT t3.name
FROM data.vendor AS t3
WHERE t3.org_id = $2
ORDER BY t3.risk_score DESC, t3.name, t3.id
LIMIT $3::integer) AS t1) || '}}') END
