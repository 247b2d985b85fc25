SELECT s.public_id COLLATE "C", coalesce(s.name, 'Removed member'), CASE WHEN s.removed_at IS NULL THEN '' ELSE 'removed' END, '', array_agg(c.key), (array_agg(DISTINCT NULL::text))[:5], count(DISTINCT NULL::text), SUMS OF c
FROM (SELECT r.key, SUMS OF r
FROM (SELECT  owner.created_by_id AS key, SUMMED COLUMNS OF t
FROM analytics_monthlyusage t
JOIN accounts_apikey owner ON owner.id = t.key
WHERE t.organization_id = %s AND t.month >= %s AND t.month < %s AND t.dimension = %s AND t.key = ANY(%s)
UNION ALL
SELECT  owner.created_by_id AS key, -t.request_count AS request_count, -t.error_count AS error_count, -t.unpriced_count AS unpriced_count, -t.input_tokens AS input_tokens, -t.output_tokens AS output_tokens, -t.cached_input_tokens AS cached_input_tokens, -t.cache_write_tokens AS cache_write_tokens, -t.reasoning_tokens AS reasoning_tokens, -t.cost AS cost, -t.estimated_cost AS estimated_cost
FROM analytics_dailyusage t
JOIN accounts_apikey owner ON owner.id = t.key
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.dimension = %s AND t.key = ANY(%s)) r
GROUP BY r.key HAVING orgdash_sum(r.request_count) > 0) c
LEFT JOIN LATERAL (SELECT s.* , u.name
FROM accounts_membership s
LEFT JOIN accounts_user u ON u.id = s.user_id
WHERE s.id = c.key OFFSET 0) s ON true
GROUP BY 1, 2, 3, 4
ORDER BY sum(c.cost) DESC, 1

7
2026-11-01
2026-12-01
3
[11, 12]
7
2026-11-19
2026-12-01
3
[11, 12]
