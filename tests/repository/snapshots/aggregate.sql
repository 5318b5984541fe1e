-- context, org_id, v0
SELECT CASE WHEN palisade.enter($1) THEN (SELECT row(count(*), min(t1.risk_score), avg(t1.risk_score)) FROM data.vendor AS t1 WHERE t1.org_id = $2 AND t1.name = $3::text) END
