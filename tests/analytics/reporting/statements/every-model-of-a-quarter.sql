SELECT coalesce(a.canonical, m.canonical) COLLATE "C", coalesce(a.canonical, m.canonical), '', '', array_agg(c.key), (array_agg(DISTINCT m.name COLLATE "C"))[:5], count(DISTINCT m.name COLLATE "C"), SUMS OF c
FROM (SELECT r.key, SUMS OF r
FROM (SELECT  t.key AS key, SUMMED COLUMNS OF t
FROM analytics_monthlyusage t
WHERE t.organization_id = %s AND t.month >= %s AND t.month < %s AND t.dimension = %s) r
GROUP BY r.key) c
LEFT JOIN LATERAL (SELECT m.*
FROM analytics_model m
WHERE m.id = c.key OFFSET 0) m ON true
LEFT JOIN analytics_modelalias a ON a.provider = m.provider AND a.name = m.name
GROUP BY 1, 2, 3, 4
ORDER BY sum(c.cost) DESC, 1

7
2026-07-01
2026-10-01
1
