-- context, org_id, v0, v1, v2
SELECT CASE WHEN palisade.enter($1) THEN (array(SELECT row(t1.id, t1.name, t1.website, t1.country, t1.tier, t1.risk_score, t1.security_contact, t1.parent_id, t1.created_at, t1.updated_at, t1.version) FROM data.vendor AS t1 WHERE t1.org_id = $2 AND (t1.name, t1.id) > ($3::text, $4::uuid) ORDER BY t1.name, t1.id LIMIT $5::integer)) END
