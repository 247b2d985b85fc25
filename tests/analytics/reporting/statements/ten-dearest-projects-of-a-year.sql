SELECT p.public_id COLLATE "C", coalesce(p.name, 'Deleted project'), CASE p.status WHEN 'archived' THEN 'archived' ELSE '' END, '', array_agg(c.key), count(*) OVER ()
FROM (SELECT r.key, sum(r.cost) AS cost
FROM (SELECT  t.key AS key, t.cost
FROM analytics_monthlyusage t
WHERE t.organization_id = %s AND t.month >= %s AND t.month < %s AND t.dimension = %s
UNION ALL
SELECT  t.key AS key, t.cost
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
