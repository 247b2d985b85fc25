from django.db import migrations

SUMS = (
    "request_count, error_count, unpriced_count, input_tokens, output_tokens, cached_input_tokens, cache_write_tokens,"
    " reasoning_tokens, cost, estimated_cost"
)
KEY = "analytics_dailyusage (organization_id, dimension, key, day)"


def key(name: str, columns: str) -> list[str]:
    """Built beside the old one while writers write, then put in its place, which takes a moment."""
    return [
        f"DROP INDEX CONCURRENTLY IF EXISTS {name}",  # of an attempt that was cut short
        f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {KEY}{columns}",
        "ALTER TABLE analytics_dailyusage DROP CONSTRAINT analytics_dailyusage_pkey,"
        f" ADD CONSTRAINT analytics_dailyusage_pkey PRIMARY KEY USING INDEX {name}",
    ]


class Migration(migrations.Migration):
    # A group's days lie beside each other in this index, and all over the table: with the sums in it, a year of ten
    # groups is read from a fiftieth of the pages. Rows are found and written as before.
    atomic = False

    dependencies = [("analytics", "0015_calls_by_end")]

    operations = [
        migrations.RunSQL(
            key("analytics_daily_key_sums", f" INCLUDE ({SUMS})"),
            key("analytics_daily_key", ""),
        )
    ]
