-- context, org_id, v0, v1, v2
SELECT CASE WHEN palisade.enter($1::VARCHAR) THEN array((SELECT row(vendor_1.id, vendor_1.name, vendor_1.website, vendor_1.country, vendor_1.tier, vendor_1.risk_score, vendor_1.security_contact, vendor_1.created_at, vendor_1.updated_at, vendor_1.version) AS row_1
FROM data.vendor AS vendor_1
WHERE vendor_1.org_id = $2::UUID AND true AND (vendor_1.name, vendor_1.id) > ($3::VARCHAR COLLATE "C", $4::UUID) ORDER BY vendor_1.name ASC, vendor_1.id ASC
 LIMIT $5::INTEGER)) END AS anon_1
