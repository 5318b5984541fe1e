-- context, org_id, v0, v1
SELECT CASE WHEN palisade.enter($1) THEN ('{"data":{"answer":' ||
(SELECT '{"pageInfo":{"hasNextPage":' || (count(*) > $3::integer)::text || ',"hasPreviousPage":false,"startCursor":' || coalesce('"' || (array_agg(t1."#cursor"
ORDER BY t1."#place") FILTER (
WHERE t1."#place" <= $3::integer))[1] || '"', 'null') || ',"endCursor":' || coalesce('"' || (array_agg(t1."#cursor"
ORDER BY t1."#place" DESC) FILTER (
WHERE t1."#place" <= $3::integer))[1] || '"', 'null') || '}}'
FROM 
(SELECT row_number() OVER (
ORDER BY t3.id) AS "#place", translate(encode(convert_to((json_build_array('7f0a6901', t3.id::text))::text, 'UTF8'), 'base64'), E'+/=\n', '-_') AS "#cursor"
FROM data.vendor AS t3
WHERE t3.org_id = $2
ORDER BY t3.id
LIMIT $4::integer) AS t1) || '}}') END
