from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built beside the old ones, while writers write; then those go. The version before is served by the new ones too.
    atomic = False

    dependencies = [("analytics", "0014_first_event_known")]

    operations = [
        *(
            AddIndexConcurrently(
                model_name="call",
                index=models.Index(
                    fields=["organization_id", name, "ended_at"],
                    condition=~models.Q(**{name: ""}),
                    name=f"analytics_call_{name}_end",
                ),
            )
            for name in ("answer", "alike")
        ),
        *(RemoveIndexConcurrently(model_name="call", name=f"analytics_call_{name}") for name in ("answer", "alike")),
    ]
