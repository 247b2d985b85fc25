from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0009_request_overcounts"),
    ]

    # Added with a default, so nothing is rewritten, and the version before writes on without knowing it.
    operations = [
        migrations.AddField(
            model_name="request",
            name="is_sum",
            field=models.BooleanField(db_default=False),
        ),
    ]
