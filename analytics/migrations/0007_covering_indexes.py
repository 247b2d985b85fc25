from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The indexes that hold all sums are built beside the old ones, while writers write; then those go.
    atomic = False

    dependencies = [
        ("analytics", "0006_calls_and_classes"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="dailyusage",
            index=models.Index(
                fields=["organization_id", "dimension", "day", "key"],
                include=(
                    "request_count",
                    "error_count",
                    "unpriced_count",
                    "input_tokens",
                    "output_tokens",
                    "cached_input_tokens",
                    "cache_write_tokens",
                    "reasoning_tokens",
                    "cost",
                    "estimated_cost",
                ),
                name="analytics_daily_sums",
            ),
        ),
        AddIndexConcurrently(
            model_name="hourlyusage",
            index=models.Index(
                fields=["organization_id", "dimension", "hour", "key"],
                include=(
                    "request_count",
                    "error_count",
                    "unpriced_count",
                    "input_tokens",
                    "output_tokens",
                    "cached_input_tokens",
                    "cache_write_tokens",
                    "reasoning_tokens",
                    "cost",
                    "estimated_cost",
                ),
                name="analytics_hourly_sums",
            ),
        ),
        AddIndexConcurrently(
            model_name="monthlyusage",
            index=models.Index(
                fields=["organization_id", "dimension", "month", "key"],
                include=(
                    "request_count",
                    "error_count",
                    "unpriced_count",
                    "input_tokens",
                    "output_tokens",
                    "cached_input_tokens",
                    "cache_write_tokens",
                    "reasoning_tokens",
                    "cost",
                    "estimated_cost",
                ),
                name="analytics_monthly_sums",
            ),
        ),
        RemoveIndexConcurrently(
            model_name="dailyusage",
            name="analytics_daily_window",
        ),
        RemoveIndexConcurrently(
            model_name="hourlyusage",
            name="analytics_hourly_window",
        ),
        RemoveIndexConcurrently(
            model_name="monthlyusage",
            name="analytics_monthly_window",
        ),
    ]
