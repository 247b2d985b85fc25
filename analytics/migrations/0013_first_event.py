from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analytics", "0012_call_forgotten")]

    operations = [
        migrations.AddField(model_name="freshness", name="first_at", field=models.DateTimeField(null=True)),
    ]
