"""The sum of whole numbers as a whole number; PostgreSQL's own is a `numeric`, which takes several times as long."""

from django.db import migrations

MAKE_SUM = """
CREATE AGGREGATE orgdash_sum(bigint) (SFUNC = int8pl, STYPE = bigint, COMBINEFUNC = int8pl, PARALLEL = SAFE)"""


class Migration(migrations.Migration):
    dependencies = [("analytics", "0017_daily_model")]
    operations = [migrations.RunSQL(MAKE_SUM, "DROP AGGREGATE orgdash_sum(bigint)")]
