WITH o AS MATERIALIZED (SELECT p.id, p.public_id
FROM accounts_project p
WHERE p.organization_id = %s), n AS MATERIALIZED (SELECT r.key AS number, r.cost, o.id, o.public_id
FROM (SELECT r.key, sum(r.cost) AS cost
FROM (SELECT  t.key AS key, t.cost, t.request_count
FROM analytics_monthlyusage t
WHERE t.organization_id = %s AND t.month >= %s AND t.month < %s AND t.dimension = %s
UNION ALL
SELECT  t.key AS key, -t.cost AS cost, -t.request_count AS request_count
FROM analytics_dailyusage t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.dimension = %s) r
GROUP BY r.key HAVING orgdash_sum(r.request_count) > 0) r
LEFT JOIN o ON o.id = r.key), c AS (SELECT *
FROM (SELECT id AS key, public_id, cost, ARRAY[number] AS numbers
FROM (SELECT *
FROM n
WHERE id IS NOT NULL
ORDER BY cost DESC, public_id COLLATE "C"
LIMIT %s) n
UNION ALL
SELECT NULL, NULL, sum(cost), array_agg(number)
FROM n
WHERE id IS NULL HAVING count(*) > 0) c
ORDER BY cost DESC, public_id COLLATE "C"
LIMIT %s)
SELECT p.public_id COLLATE "C", coalesce(p.name, 'Deleted project'), CASE p.status WHEN 'archived' THEN 'archived' ELSE '' END, '', c.numbers, (SELECT count(n.id) + (count(*) > count(n.id))::int
FROM n)
FROM c
LEFT JOIN LATERAL (SELECT p.*
FROM accounts_project p
WHERE p.id = c.key OFFSET 0) p ON true
ORDER BY c.cost DESC, 1

7
7
2025-12-01
2026-12-01
2
7
2026-11-19
2026-12-01
2
10
10
