SELECT c.key IS NULL, p.public_id COLLATE "C", coalesce(p.name, 'Deleted project'), CASE p.status WHEN 'archived' THEN 'archived' ELSE '' END, '', coalesce(a.canonical, m.canonical) COLLATE "C", coalesce(a.canonical, m.canonical), '', '', SUMS OF c
FROM (SELECT r.key, r.part, SUMS OF r
FROM (SELECT  t.project_id AS key, t.model_id AS part, SUMMED COLUMNS OF t
FROM analytics_dailydetail t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.project_id = ANY(%s)) r
GROUP BY r.key, r.part) c
LEFT JOIN LATERAL (SELECT p.*
FROM accounts_project p
WHERE p.id = c.key OFFSET 0) p ON true
LEFT JOIN LATERAL (SELECT m.*
FROM analytics_model m
WHERE m.id = c.part OFFSET 0) m ON true
LEFT JOIN analytics_modelalias a ON a.provider = m.provider AND a.name = m.name
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9

7
2026-10-01
2026-11-01
[3, 4]
