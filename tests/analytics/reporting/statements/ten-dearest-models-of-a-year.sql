SELECT coalesce(a.canonical, m.canonical) COLLATE "C", coalesce(a.canonical, m.canonical), '', '', array_agg(c.key), count(*) OVER ()
FROM (SELECT r.key, sum(r.cost) AS cost
FROM (SELECT  t.key AS key, t.cost, t.request_count
FROM analytics_monthlyusage t
WHERE t.organization_id = %s AND t.month >= %s AND t.month < %s AND t.dimension = %s
UNION ALL
SELECT  t.key AS key, -t.cost AS cost, -t.request_count AS request_count
FROM analytics_dailyusage t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.dimension = %s) r
GROUP BY r.key HAVING orgdash_sum(r.request_count) > 0) c
LEFT JOIN LATERAL (SELECT m.*
FROM analytics_model m
WHERE m.id = c.key OFFSET 0) m ON true
LEFT JOIN analytics_modelalias a ON a.provider = m.provider AND a.name = m.name
GROUP BY 1, 2, 3, 4
ORDER BY sum(c.cost) DESC, 1
LIMIT %s

7
2025-12-01
2026-12-01
1
7
2026-11-19
2026-12-01
1
10
