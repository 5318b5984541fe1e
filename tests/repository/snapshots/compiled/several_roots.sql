-- context, org_id, v0
SELECT CASE WHEN palisade.enter($1) THEN ('{"data":{"a":' || (WITH t2 AS
(SELECT count(*) AS total
FROM data.vendor AS t3
WHERE t3.org_id = $2) SELECT '{"totalCount":' ||
(SELECT t2.total
FROM t2)::text || '}') || ',"__typename":"Query","b":' || coalesce(
(SELECT '{"name":' || to_json(t4.name)::text || '}'
FROM data.vendor AS t4
WHERE t4.org_id = $2 AND t4.id = $3::uuid), 'null') || '}}') END
