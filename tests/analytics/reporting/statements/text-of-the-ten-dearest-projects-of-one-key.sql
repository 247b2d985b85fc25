WITH first (key, label, status, last_four, numbers, groups) AS (WITH o AS MATERIALIZED (SELECT p.id, p.public_id
FROM accounts_project p
WHERE p.organization_id = %s), n AS MATERIALIZED (SELECT r.key AS number, r.cost, o.id, o.public_id
FROM (SELECT r.key, sum(r.cost) AS cost
FROM (SELECT  owner.project_id AS key, t.cost
FROM analytics_dailyusage t
JOIN accounts_apikey owner ON owner.id = t.key
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.dimension = %s AND t.key = ANY(%s)) r
GROUP BY r.key) r
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
ORDER BY c.cost DESC, 1), ranked AS MATERIALIZED (SELECT row_number() OVER () AS place, *
FROM first)
SELECT 0 AS place, w.text0, w.text1, w.text2, w.text3, w.request_count, w.error_count, w.unpriced_count, w.input_tokens, w.output_tokens, w.cached_input_tokens, w.cache_write_tokens, w.reasoning_tokens, w.cost, w.estimated_cost, a.*, NULL, NULL, NULL, NULL, NULL::bigint[], NULL
FROM (SELECT 'UTC', NULL, NULL) a
LEFT JOIN (SELECT c.key, string_agg(c.bucket::text, ' ') AS text0, string_agg(c.request_count::text, ' ') AS text1, string_agg(trim_scale(c.cost)::text, ' ') AS text2, string_agg(c.total_tokens::text, ' ') AS text3, SUMS OF c
FROM (SELECT r.bucket, r.key, SUMS OF r
FROM (SELECT t.day - %s::date + 1 AS bucket, 0::bigint AS key, SUMMED COLUMNS OF t + t.output_tokens AS total_tokens
FROM analytics_dailyusage t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.dimension = %s AND t.key = ANY(%s)) r
GROUP BY r.bucket, r.key) c
GROUP BY c.key) w ON true
UNION ALL
SELECT f.place, s.text0, s.text1, s.text2, s.text3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, f.key, f.label, f.status, f.last_four, f.numbers, f.groups
FROM ranked f CROSS
JOIN LATERAL (SELECT string_agg(c.bucket::text, ' ') AS text0, string_agg(c.request_count::text, ' ') AS text1, string_agg(trim_scale(c.cost)::text, ' ') AS text2, string_agg(c.total_tokens::text, ' ') AS text3
FROM (SELECT r.bucket, SUMS OF r
FROM (SELECT t.day - %s::date + 1 AS bucket, 0, SUMMED COLUMNS OF t + t.output_tokens AS total_tokens
FROM analytics_dailyusage t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.dimension = %s AND t.key = ANY(%s) AND t.key = ANY(ARRAY(SELECT owner.id
FROM accounts_apikey owner
WHERE owner.project_id = ANY(f.numbers)))) r
GROUP BY r.bucket) c) s
ORDER BY place

7
7
2026-11-12
2026-11-19
3
[11]
10
10
2026-11-12
7
2026-11-12
2026-11-19
3
[11]
2026-11-12
7
2026-11-12
2026-11-19
3
[11]
