SELECT g.first, c.*
FROM unnest(%s::bigint[], %s::text[]) AS g(first, numbers) CROSS
JOIN LATERAL (SELECT string_agg(c.bucket::text, ' '), string_agg(c.request_count::text, ' '), string_agg(trim_scale(c.cost)::text, ' '), string_agg(c.total_tokens::text, ' ')
FROM (SELECT r.bucket, SUMS OF r
FROM (SELECT t.day - %s::date + 1 AS bucket, 0, SUMMED COLUMNS OF t + t.output_tokens AS total_tokens
FROM analytics_dailyusage t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.dimension = %s AND t.key = ANY(g.numbers::bigint[])) r
GROUP BY r.bucket) c) c

[5, 6]
['{5,8}', '{6}']
2026-11-12
7
2026-11-12
2026-11-19
1
