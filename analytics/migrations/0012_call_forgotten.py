from datetime import UTC, datetime

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built beside the old one, while writers write; then that goes. The version before looks through the table instead.
    atomic = False

    dependencies = [("analytics", "0011_make_month")]

    operations = [
        AddIndexConcurrently(
            model_name="call",
            index=models.Index(
                fields=["organization_id", "recorded_at"],
                condition=models.Q(recorded_at__gte=datetime(2000, 1, 1, tzinfo=UTC)),
                name="analytics_call_forgotten",
            ),
        ),
        RemoveIndexConcurrently(model_name="call", name="analytics_call_recorded"),
    ]
