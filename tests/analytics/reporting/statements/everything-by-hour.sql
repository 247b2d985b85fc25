SELECT r.bucket, r.key, SUMS OF r
FROM (SELECT width_bucket(t.hour, %s::timestamptz[]) AS bucket, t.key AS key, SUMMED COLUMNS OF t
FROM analytics_hourlyusage t
WHERE t.organization_id = %s AND t.hour >= %s AND t.hour < %s AND t.dimension = %s) r
GROUP BY r.bucket, r.key

2026-11-17 12:00:00+00:00 … 2026-11-18 12:00:00+00:00 (25)
7
2026-11-17 12:00:00+00:00
2026-11-18 13:00:00+00:00
0
