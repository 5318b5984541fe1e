-- context, org_id, v0
SELECT CASE WHEN palisade.enter($1) THEN ('{"data":{"answer":' ||
(SELECT '[' || coalesce(string_agg(coalesce(
(SELECT '{"name":' || to_json(t2.name)::text || '}'
FROM data.vendor AS t2
WHERE t2.org_id = $2 AND t2.id = t1.id),
(SELECT '{"name":' || to_json(t3.name)::text || '}'
FROM data.user_record AS t3
WHERE t3.org_id = $2 AND t3.id = t1.id),
(SELECT '{"name":' || to_json(t4.name)::text || '}'
FROM data.group_record AS t4
WHERE t4.org_id = $2 AND t4.id = t1.id), 'null'), ','
ORDER BY t1.place), '') || ']'
FROM unnest($3::uuid[]) WITH ORDINALITY AS t1(id, place)) || '}}') END
