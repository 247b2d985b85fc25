SELECT c.key, string_agg(c.bucket::text, ' ') AS text0, string_agg(c.request_count::text, ' ') AS text1, string_agg(trim_scale(c.cost)::text, ' ') AS text2, string_agg(c.total_tokens::text, ' ') AS text3
FROM (SELECT t.day - %s::date + 1 AS bucket, t.key AS key, SUMMED COLUMNS OF t + t.output_tokens AS total_tokens
FROM analytics_dailyusage t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.dimension = %s AND t.key = ANY(%s)) c
GROUP BY c.key

2026-11-12
7
2026-11-12
2026-11-19
2
[3, 4]
