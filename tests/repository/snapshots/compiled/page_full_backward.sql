-- context, org_id, v0, v1, v2
SELECT CASE WHEN palisade.enter($1) THEN ('{"data":{"answer":' || (WITH t2 AS
(SELECT count(*) AS total
FROM data.vendor AS t3
WHERE t3.org_id = $2) SELECT '{"nodes":[' || coalesce(string_agg('{"name":' || to_json(t1.name)::text || '}', ','
ORDER BY t1."#place" DESC) FILTER (
WHERE t1."#place" <= $3::integer), '') || '],"edges":[' || coalesce(string_agg('{"__typename":"Edge","cursor":"' || t1."#cursor" || '","node":{"name":' || to_json(t1.name)::text || '}}', ','
ORDER BY t1."#place" DESC) FILTER (
WHERE t1."#place" <= $3::integer), '') || '],"pageInfo":{"hasNextPage":true,"hasPreviousPage":' || (count(*) > $3::integer)::text || ',"startCursor":' || coalesce('"' || (array_agg(t1."#cursor"
ORDER BY t1."#place" DESC) FILTER (
WHERE t1."#place" <= $3::integer))[1] || '"', 'null') || ',"endCursor":' || coalesce('"' || (array_agg(t1."#cursor"
ORDER BY t1."#place") FILTER (
WHERE t1."#place" <= $3::integer))[1] || '"', 'null') || '},"totalCount":' ||
(SELECT t2.total
FROM t2)::text || ',"__typename":"Connection"}'
FROM 
(SELECT t4.name, row_number() OVER (
ORDER BY t4.id DESC) AS "#place", translate(encode(convert_to((json_build_array('7f0a6901', t4.id::text))::text, 'UTF8'), 'base64'), E'+/=\n', '-_') AS "#cursor"
FROM data.vendor AS t4
WHERE t4.org_id = $2 AND (t4.id) < ($4::uuid)
ORDER BY t4.id DESC
LIMIT $5::integer) AS t1) || '}}') END
