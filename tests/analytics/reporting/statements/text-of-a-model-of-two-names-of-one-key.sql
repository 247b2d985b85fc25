SELECT c.key, string_agg(c.bucket::text, ' '), string_agg(c.request_count::text, ' '), string_agg(trim_scale(c.cost)::text, ' '), string_agg(c.total_tokens::text, ' ')
FROM (SELECT r.bucket, r.key, SUMS OF r
FROM (SELECT t.day - %s::date + 1 AS bucket, (%s::bigint[])[array_position(%s::bigint[], t.model_id)] AS key, SUMMED COLUMNS OF t + t.output_tokens AS total_tokens
FROM analytics_dailydetail t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.api_key_id = ANY(%s) AND t.model_id = ANY(%s)) r
GROUP BY r.bucket, r.key) c
GROUP BY c.key

2026-11-12
[5, 5]
[5, 8]
7
2026-11-12
2026-11-19
[11]
[5, 8]
