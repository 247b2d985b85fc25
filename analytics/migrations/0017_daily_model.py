from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built while writers write.
    atomic = False

    dependencies = [("analytics", "0016_daily_key_with_sums")]

    operations = [
        AddIndexConcurrently(
            model_name="dailydetail",
            index=models.Index(
                fields=["organization_id", "model_id", "day"],
                include=(
                    "project_id",
                    "api_key_id",
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
                name="analytics_daily_model",
            ),
        ),
    ]
