SELECT c.key, array_agg(c.bucket), array_agg(c.request_count), array_agg(c.input_tokens), array_agg(c.output_tokens), array_agg(c.cost)
FROM (SELECT r.bucket, r.key, SUMS OF r
FROM (SELECT t.day - %s::date + 1 AS bucket, 0::bigint AS key, SUMMED COLUMNS OF t
FROM analytics_dailyusage t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.dimension = %s AND t.key = ANY(%s)) r
GROUP BY r.bucket, r.key) c
GROUP BY c.key

2026-11-12
7
2026-11-12
2026-11-19
4
[2]
