SELECT c.place, c.number, coalesce(a.canonical, m.canonical), SUMS OF c
FROM (SELECT r.place, r.number, r.key, SUMS OF r
FROM (SELECT 0 AS place, t.project_id AS number, t.model_id AS key, SUMMED COLUMNS OF t
FROM analytics_dailydetail t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.project_id = ANY(%s)
UNION ALL
SELECT 1 AS place, t.project_id AS number, t.model_id AS key, SUMMED COLUMNS OF t
FROM analytics_dailydetail t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.project_id = ANY(%s)) r
GROUP BY 1, 2, 3) c
LEFT JOIN LATERAL (SELECT m.*
FROM analytics_model m
WHERE m.id = c.key OFFSET 0) m ON true
LEFT JOIN analytics_modelalias a ON a.provider = m.provider AND a.name = m.name
GROUP BY 1, 2, 3

7
2026-10-01
2026-11-01
[3, 4]
7
2026-11-01
2026-11-19
[3, 4]
