SELECT c.bucket, c.key, c.cost, %s::text || c.request_count || %s::text || (c.input_tokens + c.output_tokens) || %s::text || trim_scale(c.cost)
FROM (SELECT r.bucket, r.key, SUMS OF r
FROM (SELECT t.day - %s::date + 1 AS bucket, (%s::bigint[])[array_position(%s::bigint[], t.key)] AS key, SUMMED COLUMNS OF t
FROM analytics_dailyusage t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.dimension = %s) r
GROUP BY r.bucket, r.key) c
ORDER BY c.bucket

,
,
,
2026-11-12
5 … 6 (3)
5 … 6 (3)
7
2026-11-12
2026-11-19
1
