-- context, org_id, v0
SELECT CASE WHEN palisade.enter($1::VARCHAR) THEN array((SELECT row(vendor_1.id, vendor_1.name, vendor_1.website, vendor_1.country, vendor_1.tier, vendor_1.risk_score, vendor_1.security_contact, vendor_1.created_at, vendor_1.updated_at, vendor_1.version, translate(encode(convert_to(CAST(json_build_array('376780b3', vendor_1.risk_score, vendor_1.name, CAST(vendor_1.id AS TEXT)) AS TEXT), 'UTF8'), 'base64'), E'+/=\n', '-_')) AS row_1
FROM data.vendor AS vendor_1
WHERE vendor_1.org_id = $2::UUID AND true ORDER BY vendor_1.risk_score ASC, vendor_1.name DESC, vendor_1.id DESC
 LIMIT $3::INTEGER)) END AS anon_1
