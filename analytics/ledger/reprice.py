"""What has no price gets one, when the price book has learned it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from django.db import connection, transaction

from analytics.ledger import prices, request_log, rollup_sql
from analytics.ledger.clocks import DAY, clocks, reporting_zones
from analytics.models import Dimension, Model

# Models and their rates in, requests that had no cost out, with the sums that follow.
_REPRICE = f"""
WITH rate AS (
    SELECT * FROM unnest(%(model)s::bigint[], %(since)s::date[], %(until)s::date[], %(input)s::numeric[],
                         %(cached)s::numeric[], %(output)s::numeric[])
        AS rate(model_id, since, until, input, cached, output)
), source AS (
    UPDATE analytics_request AS t
    SET cost = ((input_tokens - cached_input_tokens) * rate.input + cached_input_tokens * rate.cached
                + output_tokens * rate.output) * 0.000001
    FROM rate
    WHERE t.organization_id = %(organization)s AND t.cost IS NULL AND t.model_id = rate.model_id
      AND t.occurred_at >= greatest(rate.since, %(day)s::date)::timestamp AT TIME ZONE 'UTC'
      AND t.occurred_at < least(rate.until, %(day)s::date + 1)::timestamp AT TIME ZONE 'UTC'
      AND (input_tokens + output_tokens > 0 OR is_error OR rate.input + rate.cached + rate.output = 0)
    RETURNING t.*
), {rollup_sql.CLOCK}, {rollup_sql.GROUPED_LATER}, {rollup_sql.written(bounded=False)}
SELECT count(*) FROM source"""


def unpriced_days(organization_id: int) -> list[date]:
    """The days (UTC) on which a request of this organization may lack a cost, the oldest first; of those in the log.

    Known by the hours of the sums. One that crosses midnight, in a zone of half hours, stands for both days.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT (instant AT TIME ZONE 'UTC')::date FROM analytics_hourlyusage AS t"
            " CROSS JOIN LATERAL (VALUES (hour), (hour + interval '59:59.999999')) AS edge(instant)"
            " LEFT JOIN analytics_horizon AS pruned ON pruned.organization_id = t.organization_id"
            " WHERE t.organization_id = %s AND dimension = %s AND key = 0 AND unpriced_count > 0"
            " AND instant >= coalesce(pruned_before, '-infinity') ORDER BY 1",
            [organization_id, Dimension.ORGANIZATION],
        )
        return [day for (day,) in cursor.fetchall()]


def known_rates() -> list[prices.ModelRate]:
    """What every model as sent costs, by the price book as it is now: for `reprice`, day after day."""
    return prices.model_rates(Model.objects.values_list("pk", "provider", "name"))


def reprice(organization_id: int, day: date, rates: Sequence[prices.ModelRate]) -> int:
    """Give a cost to the requests of one day (UTC) that have none and whose price is known; how many they were.

    One transaction, the sums included. A cost that was sent, or given before, is never changed.
    """
    if not rates:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        request_log.lock({organization_id})
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
        given = clocks(reporting_zones({organization_id}), begin, begin + DAY) | {
            "organization": organization_id,
            "day": day,
            "model": [one.model_id for one in rates],
            "since": [one.rate.valid_from for one in rates],
            "until": [one.until for one in rates],
            "input": [one.rate.input for one in rates],
            "cached": [one.rate.cached_input for one in rates],
            "output": [one.rate.output for one in rates],
        }
        cursor.execute(_REPRICE, given)
        (priced,) = cursor.fetchone()
    return priced
