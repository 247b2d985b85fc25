WITH first (key, label, status, last_four, numbers, groups) AS (SELECT coalesce(a.canonical, m.canonical) COLLATE "C", coalesce(a.canonical, m.canonical), '', '', array_agg(c.key), count(*) OVER ()
FROM (SELECT r.key, sum(r.cost) AS cost
FROM (SELECT  t.model_id AS key, t.cost
FROM analytics_dailydetail t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.api_key_id = ANY(%s)) r
GROUP BY r.key) c
LEFT JOIN LATERAL (SELECT m.*
FROM analytics_model m
WHERE m.id = c.key OFFSET 0) m ON true
LEFT JOIN analytics_modelalias a ON a.provider = m.provider AND a.name = m.name
GROUP BY 1, 2, 3, 4
ORDER BY sum(c.cost) DESC, 1
LIMIT %s), ranked AS MATERIALIZED (SELECT row_number() OVER () AS place, *
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
FROM ranked f
JOIN (WITH cells AS MATERIALIZED (SELECT r.bucket, r.key, SUMS OF r
FROM (SELECT t.day - %s::date + 1 AS bucket, t.model_id AS key, SUMMED COLUMNS OF t + t.output_tokens AS total_tokens
FROM analytics_dailydetail t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.api_key_id = ANY(%s) AND t.model_id = ANY(ARRAY(SELECT of.number
FROM ranked f CROSS
JOIN unnest(f.numbers) AS of(number)))) r
GROUP BY r.bucket, r.key)
SELECT c.place, string_agg(c.bucket::text, ' ') AS text0, string_agg(c.request_count::text, ' ') AS text1, string_agg(trim_scale(c.cost)::text, ' ') AS text2, string_agg(c.total_tokens::text, ' ') AS text3
FROM (SELECT r.place, r.bucket, SUMS OF r
FROM (SELECT f.place, c.bucket, c.request_count, c.cost, c.total_tokens
FROM ranked f CROSS
JOIN unnest(f.numbers) AS of(number)
JOIN cells c ON c.key = of.number) r
GROUP BY r.place, r.bucket
ORDER BY 1, 2) c
GROUP BY c.place) s ON s.place = f.place
ORDER BY place

7
2026-11-12
2026-11-19
[11]
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
[11]
