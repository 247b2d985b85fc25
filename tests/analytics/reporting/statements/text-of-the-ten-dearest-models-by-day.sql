WITH first (key, label, status, last_four, numbers, groups) AS (SELECT coalesce(a.canonical, m.canonical) COLLATE "C", coalesce(a.canonical, m.canonical), '', '', array_agg(c.key), count(*) OVER ()
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
LIMIT %s), ranked AS MATERIALIZED (SELECT row_number() OVER () AS place, *
FROM first)
SELECT 0 AS place, w.text0, w.text1, w.text2, w.text3, w.text4, w.text5, w.text6, w.text7, w.text8, w.text9, w.text10, w.text11, w.request_count, w.error_count, w.unpriced_count, w.input_tokens, w.output_tokens, w.cached_input_tokens, w.cache_write_tokens, w.reasoning_tokens, w.cost, w.estimated_cost, a.*, NULL, NULL, NULL, NULL, NULL::bigint[], NULL
FROM (SELECT 'UTC', NULL, NULL) a
LEFT JOIN (SELECT c.key, string_agg(c.bucket::text, ' ') AS text0, string_agg(c.request_count::text, ' ') AS text1, string_agg(c.error_count::text, ' ') AS text2, string_agg(c.unpriced_count::text, ' ') AS text3, string_agg(c.input_tokens::text, ' ') AS text4, string_agg(c.output_tokens::text, ' ') AS text5, string_agg(c.cached_input_tokens::text, ' ') AS text6, string_agg(c.cache_write_tokens::text, ' ') AS text7, string_agg(c.reasoning_tokens::text, ' ') AS text8, string_agg(trim_scale(c.cost)::text, ' ') AS text9, string_agg(trim_scale(c.estimated_cost)::text, ' ') AS text10, string_agg(c.total_tokens::text, ' ') AS text11, SUMS OF c
FROM (SELECT t.day - %s::date + 1 AS bucket, t.key AS key, SUMMED COLUMNS OF t + t.output_tokens AS total_tokens
FROM analytics_dailyusage t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.dimension = %s) c
GROUP BY c.key) w ON true
UNION ALL
SELECT f.place, s.text0, s.text1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, s.text2, NULL, s.text3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, f.key, f.label, f.status, f.last_four, f.numbers, f.groups
FROM ranked f CROSS
JOIN LATERAL (SELECT string_agg(c.bucket::text, ' ') AS text0, string_agg(c.request_count::text, ' ') AS text1, string_agg(trim_scale(c.cost)::text, ' ') AS text2, string_agg(c.total_tokens::text, ' ') AS text3
FROM (SELECT r.bucket, SUMS OF r
FROM (SELECT t.day - %s::date + 1 AS bucket, 0, SUMMED COLUMNS OF t + t.output_tokens AS total_tokens
FROM analytics_dailyusage t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.dimension = %s AND t.key = ANY(f.numbers)) r
GROUP BY r.bucket) c) s
ORDER BY place

7
2025-12-01
2026-12-01
1
7
2026-11-19
2026-12-01
1
10
2025-12-01
7
2025-12-01
2026-11-19
0
2025-12-01
7
2025-12-01
2026-11-19
1
