-- context, org_id, v0, v1, v2
SELECT CASE WHEN palisade.enter($1) THEN
(SELECT '{"integration":{"name":' || to_json(t1.name)::text || ',"vendor":' || coalesce(t3.text, 'null') || '},"__typename":"Payload"}'
FROM 
(SELECT $3::uuid AS id, $4::text AS name, $5::uuid AS vendor_id) AS t1 LEFT JOIN LATERAL
(SELECT '{"id":"' || t2.id::text || '","name":' || to_json(t2.name)::text || ',"website":' || coalesce(to_json(t2.website)::text, 'null') || ',"country":' || coalesce(to_json(t2.country)::text, 'null') || ',"tier":"' || t2.tier::text || '","riskScore":' || coalesce(t2.risk_score::text, 'null') || ',"securityContact":' || coalesce(to_json(t2.security_contact)::text, 'null') || ',"parentId":' || coalesce('"' || t2.parent_id::text || '"', 'null') || ',"createdAt":"' || to_char(timezone('UTC', CASE WHEN t2.created_at > '9999-12-31 23:59:59.999999+00'::timestamptz THEN '9999-12-31 23:59:59.999999+00'::timestamptz WHEN t2.created_at < '0001-01-01 00:00:00+00'::timestamptz THEN '0001-01-01 00:00:00+00'::timestamptz ELSE t2.created_at END), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')::text || '","updatedAt":"' || to_char(timezone('UTC', CASE WHEN t2.updated_at > '9999-12-31 23:59:59.999999+00'::timestamptz THEN '9999-12-31 23:59:59.999999+00'::timestamptz WHEN t2.updated_at < '0001-01-01 00:00:00+00'::timestamptz THEN '0001-01-01 00:00:00+00'::timestamptz ELSE t2.updated_at END), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')::text || '","version":' || t2.version::text || '}' AS text
FROM data.vendor AS t2
WHERE t2.org_id = $2 AND t2.id = t1.vendor_id OFFSET 0) AS t3 ON true) END
