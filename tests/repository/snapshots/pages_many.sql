-- context, v0, org_id, v1
SELECT CASE WHEN palisade.enter($1::VARCHAR) THEN array((SELECT row(anon_2.id, anon_3.c0, anon_3.c1, anon_3.c2, anon_3.c3, anon_3.c4, anon_3.c5, anon_3.c6, anon_3.c7, anon_3.c8, anon_3.c9, anon_3.c10, anon_3.c11, anon_3.c12, anon_3.c13) AS row_1
FROM unnest($2::UUID[]) AS anon_2(id) JOIN LATERAL (SELECT integration_1.id AS c0, integration_1.name AS c1, integration_1.status AS c2, integration_1.auth_method AS c3, integration_1.base_url AS c4, integration_1.scopes AS c5, integration_1.last_sync_at AS c6, integration_1.vendor_id AS c7, integration_1.application_id AS c8, integration_1.owner_id AS c9, integration_1.created_at AS c10, integration_1.updated_at AS c11, integration_1.version AS c12, translate(encode(convert_to(CAST(json_build_array('fd50fc77', CAST(integration_1.id AS TEXT)) AS TEXT), 'UTF8'), 'base64'), E'+/=\n', '-_') AS c13, row_number() OVER (ORDER BY integration_1.id ASC) AS place
FROM data.integration AS integration_1
WHERE integration_1.org_id = $3::UUID AND integration_1.vendor_id = anon_2.id AND true ORDER BY integration_1.id ASC
 LIMIT $4::INTEGER) AS anon_3 ON true ORDER BY anon_3.place)) END AS anon_1
