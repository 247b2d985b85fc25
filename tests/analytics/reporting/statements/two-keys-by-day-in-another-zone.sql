SELECT c.key, array_agg(c.bucket), array_agg(c.request_count), array_agg(c.error_count), array_agg(c.unpriced_count), array_agg(c.input_tokens), array_agg(c.output_tokens), array_agg(c.cached_input_tokens), array_agg(c.cache_write_tokens), array_agg(c.reasoning_tokens), array_agg(c.cost), array_agg(c.estimated_cost)
FROM (SELECT r.bucket, r.key, SUMS OF r
FROM (SELECT width_bucket(t.hour, %s::timestamptz[]) AS bucket, t.key AS key, SUMMED COLUMNS OF t
FROM analytics_hourlyusage t
WHERE t.organization_id = %s AND t.hour >= %s AND t.hour < %s AND t.dimension = %s AND t.key = ANY(%s)) r
GROUP BY r.bucket, r.key) c
GROUP BY c.key

2026-11-11 18:30:00+00:00 … 2026-11-17 18:30:00+00:00 (7)
7
2026-11-11 18:30:00+00:00
2026-11-18 18:30:00+00:00
3
[11, 12]
