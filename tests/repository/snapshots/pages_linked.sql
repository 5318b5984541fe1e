-- context, v0, org_id, v1
SELECT CASE WHEN palisade.enter($1::VARCHAR) THEN array((SELECT row(anon_2.id, anon_3.c0, anon_3.c1, anon_3.c2, anon_3.c3, anon_3.c4, anon_3.c5) AS row_1
FROM unnest($2::UUID[]) AS anon_2(id) JOIN LATERAL (SELECT group_record_1.id AS c0, group_record_1.name AS c1, group_record_1.description AS c2, group_record_1.created_at AS c3, group_record_1.updated_at AS c4, group_record_1.version AS c5, row_number() OVER (ORDER BY group_record_1.id DESC) AS place
FROM data.group_record AS group_record_1
WHERE group_record_1.org_id = $3::UUID AND group_record_1.id IN (SELECT membership_1.group_id
FROM data.membership AS membership_1
WHERE membership_1.org_id = $3::UUID AND membership_1.user_id = anon_2.id) AND true ORDER BY group_record_1.id DESC
 LIMIT $4::INTEGER) AS anon_3 ON true ORDER BY anon_3.place)) END AS anon_1, CASE WHEN palisade.enter($1::VARCHAR) THEN array((SELECT row(anon_5.id, (SELECT count(*) AS count_1
FROM data.group_record AS group_record_2
WHERE group_record_2.org_id = $3::UUID AND group_record_2.id IN (SELECT membership_2.group_id
FROM data.membership AS membership_2
WHERE membership_2.org_id = $3::UUID AND membership_2.user_id = anon_5.id) AND true)) AS row_2
FROM unnest($2::UUID[]) AS anon_5(id))) END AS anon_4
