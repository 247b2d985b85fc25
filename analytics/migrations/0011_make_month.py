"""A month of the log is made by a function with the owner's rights, so that the server's role needs none to make tables."""

from django.db import migrations

# On a path where nobody can put a table of theirs before ours; a table is made in its first schema.
MAKE_MONTH = """
DO $do$ BEGIN
EXECUTE format($text$
    CREATE FUNCTION orgdash_make_month(given date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = %I, pg_temp AS $$
    DECLARE
        first timestamp := date_trunc('month', given);
        name text := 'analytics_request_' || to_char(first, 'YYYY_MM');
    BEGIN
        EXECUTE format('CREATE TABLE %%I (LIKE analytics_request INCLUDING ALL)', name);
        EXECUTE format('ALTER TABLE analytics_request ATTACH PARTITION %%I FOR VALUES FROM (%%L) TO (%%L)', name,
            first AT TIME ZONE 'UTC', (first + interval '1 month') AT TIME ZONE 'UTC');
    END $$
$text$, current_schema());
REVOKE EXECUTE ON FUNCTION orgdash_make_month(date) FROM PUBLIC;
END $do$
"""


class Migration(migrations.Migration):
    dependencies = [("analytics", "0010_request_is_sum")]
    operations = [migrations.RunSQL(MAKE_MONTH, "DROP FUNCTION orgdash_make_month(date)")]
