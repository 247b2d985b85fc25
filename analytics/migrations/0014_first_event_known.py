"""The first event of each organization, from the log; where that is pruned it is known by the hour alone, from the sums."""

from django.db import migrations

# One look into the log's index for each organization. What the version before writes meanwhile is told by the sums.
FIRST_EVENTS = """
UPDATE analytics_freshness AS t SET first_at =
    (SELECT min(r.occurred_at) FROM analytics_request r WHERE r.organization_id = t.organization_id AND r.is_counted)
WHERE NOT EXISTS (SELECT FROM analytics_horizon h WHERE h.organization_id = t.organization_id)"""


class Migration(migrations.Migration):
    # Apart from the new column, whose table must not stay locked meanwhile.
    dependencies = [("analytics", "0013_first_event")]
    operations = [migrations.RunSQL(FIRST_EVENTS, migrations.RunSQL.noop)]
