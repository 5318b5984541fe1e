-- context, org_id, v0, v1
SELECT CASE WHEN palisade.enter($1) THEN ('{"data":{"answer":' ||
(SELECT '{"pageInfo":{"hasNextPage":' || (count(*) > $3::integer)::text || ',"hasPreviousPage":false}}'
FROM 
(SELECT row_number() OVER (
ORDER BY t3.id) AS "#place"
FROM data.vendor AS t3
WHERE t3.org_id = $2
ORDER BY t3.id
LIMIT $4::integer) AS t1) || '}}') END
