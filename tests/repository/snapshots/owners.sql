-- context, org_id, v0
SELECT CASE WHEN palisade.enter($1) THEN (array(SELECT row('Vendor'::text, t1.id) FROM data.vendor AS t1 WHERE t1.org_id = $2 AND t1.id = ANY ($3::uuid[]) UNION ALL SELECT row('User'::text, t2.id) FROM data.user_record AS t2 WHERE t2.org_id = $2 AND t2.id = ANY ($3::uuid[]))) END
