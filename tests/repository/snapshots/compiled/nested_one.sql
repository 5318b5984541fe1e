-- context, org_id, v0
SELECT CASE WHEN palisade.enter($1) THEN ('{"data":{"answer":' ||
(SELECT '{"nodes":[' || coalesce(string_agg('{"vendor":' || coalesce(t4.text, 'null') || '}', ','), '') || ']}'
FROM 
(SELECT t5.vendor_id
FROM data.integration AS t5
WHERE t5.org_id = $2
ORDER BY t5.id
LIMIT $3::integer) AS t1 LEFT JOIN LATERAL
(SELECT '{"id":"' || t3.id::text || '","name":' || to_json(t3.name)::text || ',"website":' || coalesce(to_json(t3.website)::text, 'null') || ',"country":' || coalesce(to_json(t3.country)::text, 'null') || ',"tier":"' || t3.tier::text || '","riskScore":' || coalesce(t3.risk_score::text, 'null') || ',"securityContact":' || coalesce(to_json(t3.security_contact)::text, 'null') || ',"parentId":' || coalesce('"' || t3.parent_id::text || '"', 'null') || ',"createdAt":"' || to_char(timezone('UTC', CASE WHEN t3.created_at > '9999-12-31 23:59:59.999999+00'::timestamptz THEN '9999-12-31 23:59:59.999999+00'::timestamptz WHEN t3.created_at < '0001-01-01 00:00:00+00'::timestamptz THEN '0001-01-01 00:00:00+00'::timestamptz ELSE t3.created_at END), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')::text || '","updatedAt":"' || to_char(timezone('UTC', CASE WHEN t3.updated_at > '9999-12-31 23:59:59.999999+00'::timestamptz THEN '9999-12-31 23:59:59.999999+00'::timestamptz WHEN t3.updated_at < '0001-01-01 00:00:00+00'::timestamptz THEN '0001-01-01 00:00:00+00'::timestamptz ELSE t3.updated_at END), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')::text || '","version":' || t3.version::text || '}' AS text
FROM data.vendor AS t3
WHERE t3.org_id = $2 AND t3.id = t1.vendor_id OFFSET 0) AS t4 ON true) || '}}') END
