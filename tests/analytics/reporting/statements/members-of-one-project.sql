SELECT s.public_id COLLATE "C", coalesce(s.name, 'Removed member'), CASE WHEN s.removed_at IS NULL THEN '' ELSE 'removed' END, '', array_agg(c.key), (array_agg(DISTINCT NULL::text))[:5], count(DISTINCT NULL::text), SUMS OF c
FROM (SELECT r.key, SUMS OF r
FROM (SELECT  owner.created_by_id AS key, SUMMED COLUMNS OF t
FROM analytics_dailyusage t
JOIN accounts_apikey owner ON owner.id = t.key
WHERE t.organization_id = %s AND t.day >= %s AND t.day < %s AND t.dimension = %s AND t.key = ANY(%s)) r
GROUP BY r.key) c
LEFT JOIN LATERAL (SELECT s.* , u.name
FROM accounts_membership s
LEFT JOIN accounts_user u ON u.id = s.user_id
WHERE s.id = c.key OFFSET 0) s ON true
GROUP BY 1, 2, 3, 4
ORDER BY sum(c.cost) DESC, 1

7
2026-11-01
2026-11-19
3
[11, 12]
