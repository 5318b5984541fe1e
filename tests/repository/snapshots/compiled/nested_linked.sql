-- context, org_id, v0, v1, v2
SELECT CASE WHEN palisade.enter($1) THEN ('{"data":{"answer":' ||
(SELECT '{"nodes":[' || coalesce(string_agg('{"groups":' || (WITH t4 AS
(SELECT count(*) AS total
FROM data.group_record AS t5
WHERE t5.org_id = $2 AND t5.id IN
(SELECT t6.group_id
FROM data.membership AS t6
WHERE t6.org_id = $2 AND t6.user_id = t1.id)) SELECT '{"nodes":[' || coalesce(string_agg('{"id":"' || t3.id::text || '","name":' || to_json(t3.name)::text || ',"description":' || coalesce(to_json(t3.description)::text, 'null') || ',"createdAt":"' || to_char(timezone('UTC', CASE WHEN t3.created_at > '9999-12-31 23:59:59.999999+00'::timestamptz THEN '9999-12-31 23:59:59.999999+00'::timestamptz WHEN t3.created_at < '0001-01-01 00:00:00+00'::timestamptz THEN '0001-01-01 00:00:00+00'::timestamptz ELSE t3.created_at END), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')::text || '","updatedAt":"' || to_char(timezone('UTC', CASE WHEN t3.updated_at > '9999-12-31 23:59:59.999999+00'::timestamptz THEN '9999-12-31 23:59:59.999999+00'::timestamptz WHEN t3.updated_at < '0001-01-01 00:00:00+00'::timestamptz THEN '0001-01-01 00:00:00+00'::timestamptz ELSE t3.updated_at END), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')::text || '","version":' || t3.version::text || '}', ','
ORDER BY t3."#place") FILTER (
WHERE t3."#place" <= $3::integer), '') || '],"edges":[' || coalesce(string_agg('{"__typename":"Edge","cursor":"' || t3."#cursor" || '","node":{"id":"' || t3.id::text || '","name":' || to_json(t3.name)::text || ',"description":' || coalesce(to_json(t3.description)::text, 'null') || ',"createdAt":"' || to_char(timezone('UTC', CASE WHEN t3.created_at > '9999-12-31 23:59:59.999999+00'::timestamptz THEN '9999-12-31 23:59:59.999999+00'::timestamptz WHEN t3.created_at < '0001-01-01 00:00:00+00'::timestamptz THEN '0001-01-01 00:00:00+00'::timestamptz ELSE t3.created_at END), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')::text || '","updatedAt":"' || to_char(timezone('UTC', CASE WHEN t3.updated_at > '9999-12-31 23:59:59.999999+00'::timestamptz THEN '9999-12-31 23:59:59.999999+00'::timestamptz WHEN t3.updated_at < '0001-01-01 00:00:00+00'::timestamptz THEN '0001-01-01 00:00:00+00'::timestamptz ELSE t3.updated_at END), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')::text || '","version":' || t3.version::text || '}}', ','
ORDER BY t3."#place") FILTER (
WHERE t3."#place" <= $3::integer), '') || '],"pageInfo":{"hasNextPage":' || (count(*) > $3::integer)::text || ',"hasPreviousPage":false,"startCursor":' || coalesce('"' || (array_agg(t3."#cursor"
ORDER BY t3."#place") FILTER (
WHERE t3."#place" <= $3::integer))[1] || '"', 'null') || ',"endCursor":' || coalesce('"' || (array_agg(t3."#cursor"
ORDER BY t3."#place" DESC) FILTER (
WHERE t3."#place" <= $3::integer))[1] || '"', 'null') || '},"totalCount":' ||
(SELECT t4.total
FROM t4)::text || ',"__typename":"Connection"}'
FROM 
(SELECT t7.created_at, t7.description, t7.id, t7.name, t7.updated_at, t7.version, row_number() OVER (
ORDER BY t7.id) AS "#place", translate(encode(convert_to((json_build_array('e155e797', t7.id::text))::text, 'UTF8'), 'base64'), E'+/=\n', '-_') AS "#cursor"
FROM data.group_record AS t7
WHERE t7.org_id = $2 AND t7.id IN
(SELECT t8.group_id
FROM data.membership AS t8
WHERE t8.org_id = $2 AND t8.user_id = t1.id)
ORDER BY t7.id
LIMIT $4::integer) AS t3) || '}', ','), '') || ']}'
FROM 
(SELECT t9.id
FROM data.user_record AS t9
WHERE t9.org_id = $2
ORDER BY t9.id
LIMIT $5::integer) AS t1) || '}}') END
