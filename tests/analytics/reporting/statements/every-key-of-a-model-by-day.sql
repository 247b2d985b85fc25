SELECT c.bucket, k.public_id COLLATE "C", coalesce(k.description, 'Deleted API key'), CASE WHEN k.revoked_at IS NULL THEN '' ELSE 'revoked' END, coalesce(k.last_four, ''), SUMS OF c
FROM (SELECT r.bucket, r.key, SUMS OF r
FROM (SELECT t.day - %s::date + 1 AS bucket, t.api_key_id AS key, SUMMED COLUMNS OF t
FROM analytics_dailydetail t
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.model_id = ANY(%s)) r
GROUP BY r.bucket, r.key) c
LEFT JOIN LATERAL (SELECT k.*
FROM accounts_apikey k
WHERE k.id = c.key OFFSET 0) k ON true
GROUP BY c.bucket, 2, 3, 4, 5
ORDER BY c.bucket, sum(c.cost) DESC, 2

2026-11-12
7
2026-11-12
2026-11-19
[5]
