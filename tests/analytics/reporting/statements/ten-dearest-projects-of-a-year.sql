SELECT p.public_id COLLATE "C", coalesce(p.name, 'Deleted project'), CASE p.status WHEN 'archived' THEN 'archived' ELSE '' END, ''
FROM (SELECT r.key, SUMS OF r
FROM (SELECT  t.key AS key, SUMMED COLUMNS OF t
FROM analytics_monthlyusage t
WHERE t.organization_id = %s AND t.month >= %s AND t.month < %s AND t.dimension = %s
UNION ALL
SELECT  t.key AS key, SUMMED COLUMNS OF t
FROM analytics_dailyusage t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.dimension = %s) r
GROUP BY r.key) c
LEFT JOIN LATERAL (SELECT p.*
FROM accounts_project p
WHERE p.id = c.key OFFSET 0) p ON true
GROUP BY 1, 2, 3, 4
ORDER BY sum(c.cost) DESC, 1
LIMIT %s

7
2025-12-01
2026-11-01
2
7
2026-11-01
2026-11-19
2
10
