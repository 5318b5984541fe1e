-- context, org_id
SELECT CASE WHEN palisade.enter($1) THEN ('{"data":{"answer":' ||
(SELECT '{"__typename":"P"}'::text) || '}}') END
WHERE $2::uuid IS NOT NULL
