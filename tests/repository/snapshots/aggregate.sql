-- context, org_id, v0
SELECT CASE WHEN palisade.enter($1::VARCHAR) THEN (SELECT row(count(*), min(vendor_1.risk_score), avg(vendor_1.risk_score)) AS row_1
FROM data.vendor AS vendor_1
WHERE vendor_1.org_id = $2::UUID AND vendor_1.name = $3::VARCHAR COLLATE "C") END AS anon_1
