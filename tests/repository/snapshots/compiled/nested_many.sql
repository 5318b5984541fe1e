-- context, org_id, v0, v1
SELECT CASE WHEN palisade.enter($1) THEN ('{"data":{"answer":' ||
(SELECT '{"nodes":[' || coalesce(string_agg('{"integrations":' ||
(SELECT '{"nodes":[' || coalesce(string_agg('{"id":"' || t3.id::text || '","name":' || to_json(t3.name)::text || ',"purpose":' || coalesce(to_json(t3.purpose)::text, 'null') || ',"status":"' || t3.status::text || '","authMethod":"' || t3.auth_method::text || '","baseUrl":' || coalesce(to_json(t3.base_url)::text, 'null') || ',"scopes":' || to_json(t3.scopes)::text || ',"clientId":' || coalesce(to_json(t3.client_id)::text, 'null') || ',"lastSyncAt":' || coalesce('"' || to_char(timezone('UTC', CASE WHEN t3.last_sync_at > '9999-12-31 23:59:59.999999+00'::timestamptz THEN '9999-12-31 23:59:59.999999+00'::timestamptz WHEN t3.last_sync_at < '0001-01-01 00:00:00+00'::timestamptz THEN '0001-01-01 00:00:00+00'::timestamptz ELSE t3.last_sync_at END), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')::text || '"', 'null') || ',"vendorId":"' || t3.vendor_id::text || '","applicationId":' || coalesce('"' || t3.application_id::text || '"', 'null') || ',"ownerId":' || coalesce('"' || t3.owner_id::text || '"', 'null') || ',"createdAt":"' || to_char(timezone('UTC', CASE WHEN t3.created_at > '9999-12-31 23:59:59.999999+00'::timestamptz THEN '9999-12-31 23:59:59.999999+00'::timestamptz WHEN t3.created_at < '0001-01-01 00:00:00+00'::timestamptz THEN '0001-01-01 00:00:00+00'::timestamptz ELSE t3.created_at END), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')::text || '","updatedAt":"' || to_char(timezone('UTC', CASE WHEN t3.updated_at > '9999-12-31 23:59:59.999999+00'::timestamptz THEN '9999-12-31 23:59:59.999999+00'::timestamptz WHEN t3.updated_at < '0001-01-01 00:00:00+00'::timestamptz THEN '0001-01-01 00:00:00+00'::timestamptz ELSE t3.updated_at END), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')::text || '","version":' || t3.version::text || '}', ','), '') || ']}'
FROM 
(SELECT t5.application_id, t5.auth_method, t5.base_url, t5.client_id, t5.created_at, t5.id, t5.last_sync_at, t5.name, t5.owner_id, t5.purpose, t5.scopes, t5.status, t5.updated_at, t5.vendor_id, t5.version
FROM data.integration AS t5
WHERE t5.org_id = $2 AND t5.vendor_id = t1.id
ORDER BY t5.id
LIMIT $3::integer) AS t3) || '}', ','), '') || ']}'
FROM 
(SELECT t6.id
FROM data.vendor AS t6
WHERE t6.org_id = $2
ORDER BY t6.id
LIMIT $4::integer) AS t1) || '}}') END
