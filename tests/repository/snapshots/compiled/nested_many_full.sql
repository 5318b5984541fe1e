-- context, org_id, v0, v1, v2
SELECT CASE WHEN palisade.enter($1) THEN ('{"data":{"answer":' ||
(SELECT '{"nodes":[' || coalesce(string_agg('{"integrations":' || (WITH t4 AS
(SELECT count(*) AS total
FROM data.integration AS t5
WHERE t5.org_id = $2 AND t5.vendor_id = t1.id) SELECT '{"nodes":[' || coalesce(string_agg('{"id":"' || t3.id::text || '","name":' || to_json(t3.name)::text || ',"purpose":' || coalesce(to_json(t3.purpose)::text, 'null') || ',"status":"' || t3.status::text || '","authMethod":"' || t3.auth_method::text || '","baseUrl":' || coalesce(to_json(t3.base_url)::text, 'null') || ',"scopes":' || to_json(t3.scopes)::text || ',"clientId":' || coalesce(to_json(t3.client_id)::text, 'null') || ',"lastSyncAt":' || coalesce('"' || to_char(timezone('UTC', CASE WHEN t3.last_sync_at > '9999-12-31 23:59:59.999999+00'::timestamptz THEN '9999-12-31 23:59:59.999999+00'::timestamptz WHEN t3.last_sync_at < '0001-01-01 00:00:00+00'::timestamptz THEN '0001-01-01 00:00:00+00'::timestamptz ELSE t3.last_sync_at END), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')::text || '"', 'null') || ',"vendorId":"' || t3.vendor_id::text || '","applicationId":' || coalesce('"' || t3.application_id::text || '"', 'null') || ',"ownerId":' || coalesce('"' || t3.owner_id::text || '"', 'null') || ',"createdAt":"' || to_char(timezone('UTC', CASE WHEN t3.created_at > '9999-12-31 23:59:59.999999+00'::timestamptz THEN '9999-12-31 23:59:59.999999+00'::timestamptz WHEN t3.created_at < '0001-01-01 00:00:00+00'::timestamptz THEN '0001-01-01 00:00:00+00'::timestamptz ELSE t3.created_at END), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')::text || '","updatedAt":"' || to_char(timezone('UTC', CASE WHEN t3.updated_at > '9999-12-31 23:59:59.999999+00'::timestamptz THEN '9999-12-31 23:59:59.999999+00'::timestamptz WHEN t3.updated_at < '0001-01-01 00:00:00+00'::timestamptz THEN '0001-01-01 00:00:00+00'::timestamptz ELSE t3.updated_at END), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')::text || '","version":' || t3.version::text || '}', ','
ORDER BY t3."#place" DESC) FILTER (
WHERE t3."#place" <= $3::integer), '') || '],"edges":[' || coalesce(string_agg('{"__typename":"Edge","cursor":"' || t3."#cursor" || '","node":{"id":"' || t3.id::text || '","name":' || to_json(t3.name)::text || ',"purpose":' || coalesce(to_json(t3.purpose)::text, 'null') || ',"status":"' || t3.status::text || '","authMethod":"' || t3.auth_method::text || '","baseUrl":' || coalesce(to_json(t3.base_url)::text, 'null') || ',"scopes":' || to_json(t3.scopes)::text || ',"clientId":' || coalesce(to_json(t3.client_id)::text, 'null') || ',"lastSyncAt":' || coalesce('"' || to_char(timezone('UTC', CASE WHEN t3.last_sync_at > '9999-12-31 23:59:59.999999+00'::timestamptz THEN '9999-12-31 23:59:59.999999+00'::timestamptz WHEN t3.last_sync_at < '0001-01-01 00:00:00+00'::timestamptz THEN '0001-01-01 00:00:00+00'::timestamptz ELSE t3.last_sync_at END), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')::text || '"', 'null') || ',"vendorId":"' || t3.vendor_id::text || '","applicationId":' || coalesce('"' || t3.application_id::text || '"', 'null') || ',"ownerId":' || coalesce('"' || t3.owner_id::text || '"', 'null') || ',"createdAt":"' || to_char(timezone('UTC', CASE WHEN t3.created_at > '9999-12-31 23:59:59.999999+00'::timestamptz THEN '9999-12-31 23:59:59.999999+00'::timestamptz WHEN t3.created_at < '0001-01-01 00:00:00+00'::timestamptz THEN '0001-01-01 00:00:00+00'::timestamptz ELSE t3.created_at END), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')::text || '","updatedAt":"' || to_char(timezone('UTC', CASE WHEN t3.updated_at > '9999-12-31 23:59:59.999999+00'::timestamptz THEN '9999-12-31 23:59:59.999999+00'::timestamptz WHEN t3.updated_at < '0001-01-01 00:00:00+00'::timestamptz THEN '0001-01-01 00:00:00+00'::timestamptz ELSE t3.updated_at END), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')::text || '","version":' || t3.version::text || '}}', ','
ORDER BY t3."#place" DESC) FILTER (
WHERE t3."#place" <= $3::integer), '') || '],"pageInfo":{"hasNextPage":false,"hasPreviousPage":' || (count(*) > $3::integer)::text || ',"startCursor":' || coalesce('"' || (array_agg(t3."#cursor"
ORDER BY t3."#place" DESC) FILTER (
WHERE t3."#place" <= $3::integer))[1] || '"', 'null') || ',"endCursor":' || coalesce('"' || (array_agg(t3."#cursor"
ORDER BY t3."#place") FILTER (
WHERE t3."#place" <= $3::integer))[1] || '"', 'null') || '},"totalCount":' ||
(SELECT t4.total
FROM t4)::text || ',"__typename":"Connection"}'
FROM 
(SELECT t6.application_id, t6.auth_method, t6.base_url, t6.client_id, t6.created_at, t6.id, t6.last_sync_at, t6.name, t6.owner_id, t6.purpose, t6.scopes, t6.status, t6.updated_at, t6.vendor_id, t6.version, row_number() OVER (
ORDER BY t6.id DESC) AS "#place", translate(encode(convert_to((json_build_array('fd50fc77', t6.id::text))::text, 'UTF8'), 'base64'), E'+/=\n', '-_') AS "#cursor"
FROM data.integration AS t6
WHERE t6.org_id = $2 AND t6.vendor_id = t1.id
ORDER BY t6.id DESC
LIMIT $4::integer) AS t3) || '}', ','), '') || ']}'
FROM 
(SELECT t7.id
FROM data.vendor AS t7
WHERE t7.org_id = $2
ORDER BY t7.id
LIMIT $5::integer) AS t1) || '}}') END
