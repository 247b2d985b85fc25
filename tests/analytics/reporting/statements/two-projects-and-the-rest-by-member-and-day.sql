SELECT c.bucket, c.key IS NULL, p.public_id COLLATE "C", coalesce(p.name, 'Deleted project'), CASE p.status WHEN 'archived' THEN 'archived' ELSE '' END, '', s.public_id COLLATE "C", coalesce(s.name, 'Removed member'), CASE WHEN s.removed_at IS NULL THEN '' ELSE 'removed' END, '', SUMS OF c
FROM (SELECT r.bucket, r.key, r.part, SUMS OF r
FROM (SELECT t.day - %s::date + 1 AS bucket, CASE WHEN t.project_id = ANY(%s) THEN t.project_id END AS key, owner.created_by_id AS part, SUMMED COLUMNS OF t
FROM analytics_dailydetail t
JOIN accounts_apikey owner ON owner.id = t.api_key_id
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND true) r
GROUP BY r.bucket, r.key, r.part) c
LEFT JOIN LATERAL (SELECT p.*
FROM accounts_project p
WHERE p.id = c.key OFFSET 0) p ON true
LEFT JOIN LATERAL (SELECT s.* , u.name
FROM accounts_membership s
LEFT JOIN accounts_user u ON u.id = s.user_id
WHERE s.id = c.part OFFSET 0) s ON true
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
ORDER BY c.bucket

2026-11-12
[3, 4]
7
2026-11-12
2026-11-19
