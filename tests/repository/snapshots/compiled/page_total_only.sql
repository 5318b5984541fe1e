-- context, org_id
SELECT CASE WHEN palisade.enter($1) THEN ('{"data":{"answer":' || (WITH t2 AS
(SELECT count(*) AS total
FROM data.vendor AS t3
WHERE t3.org_id = $2) SELECT '{"totalCount":' ||
(SELECT t2.total
FROM t2)::text || '}') || '}}') END
