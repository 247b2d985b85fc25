"""What is asked beside the sums, as SQL, composed and not run: the state, and an organization's models and keys.

Every statement is bounded by organization. Times without a bound begin at the first day there can be.
"""

from analytics.metrics import ALIAS_JOIN, CANONICAL, DIMENSIONS, ORGANIZATION
from analytics.reporting.query import Filters
from analytics.reporting.sources import MODEL, Statement, usage
from analytics.windows import FIRST_DAY


def state(organization_id: int) -> Statement:
    """One row: the reporting zone's name, the newest event's instant and the first one's, or NULL.

    The sums say in which hour the first event was; where its instant is not kept, that hour's beginning stands for it.
    """
    statement = (
        "SELECT o.time_zone, f.newest_at, CASE WHEN f.first_at >= earliest.hour"
        " AND f.first_at < earliest.hour + interval '1 hour' THEN f.first_at ELSE earliest.hour END"
        " FROM accounts_organization o LEFT JOIN analytics_freshness f ON f.organization_id = o.id"
        " CROSS JOIN LATERAL (SELECT min(t.hour) AS hour FROM analytics_hourlyusage t WHERE t.organization_id = o.id"
        " AND t.dimension = %s AND t.key = 0 AND t.hour >= %s AND t.request_count > 0) earliest WHERE o.id = %s"
    )
    return statement, [ORGANIZATION.number, FIRST_DAY, organization_id]


def known_models(organization_id: int, names: tuple[str, ...]) -> Statement:
    """Which of the canonical `names` this organization ever used."""
    used, values = _used(organization_id)
    return f"SELECT DISTINCT {CANONICAL} FROM {used} WHERE {CANONICAL} = ANY(%s)", [*values, list(names)]


def filtered_models(organization_id: int, names: tuple[str, ...]) -> Statement:
    """The number of every model as sent that this organization used and that goes by one of these canonical names."""
    used, values = _used(organization_id)
    return f"SELECT m.id FROM {used} WHERE {CANONICAL} = ANY(%s)", [*values, list(names)]


def _used(organization_id: int) -> Statement:
    """The models `m` that this organization ever used, aliases beside them.

    Their numbers are an array, found first: all organizations share the table of models.
    """
    source = usage(MODEL)
    used = (
        f"SELECT DISTINCT {source.key} FROM {source.tables['month']} t {source.joins}"
        f" WHERE t.organization_id = %s AND t.month >= %s AND {source.where}"
    )
    models = f"(SELECT * FROM analytics_model WHERE id = ANY(ARRAY({used})) OFFSET 0) m {ALIAS_JOIN}"
    return models, [organization_id, FIRST_DAY, *source.values]


def filtered_keys(organization_id: int, filters: Filters) -> Statement:
    """API key, project and member of every key that the filters on project, key and member let through."""
    statement = (
        "SELECT k.id, k.project_id, k.created_by_id FROM accounts_apikey k"
        " JOIN accounts_project p ON p.id = k.project_id JOIN accounts_membership s ON s.id = k.created_by_id"
        " WHERE p.organization_id = %s"
    )
    chosen, values = _of_keys(filters)
    return statement + chosen, [organization_id, *values]


def keys(organization_id: int, filters: Filters) -> Statement:
    """Every API key that the filters on project, key and member let through, used or not.

    Rows: public id, description, last four, public id, name and status of its project and of who made it, when it was
    made, revoked and signed in last, and the first and last hour with usage: one look into the index for each.
    """
    used = " FROM analytics_hourlyusage t WHERE t.organization_id = %s AND t.dimension = %s AND t.key = k.id"
    used += " AND t.hour >= %s AND t.request_count > 0 ORDER BY t.hour"
    statement = (
        "SELECT k.public_id, k.description, k.last_four, p.public_id, p.name,"
        " CASE p.status WHEN 'archived' THEN 'archived' ELSE '' END, s.public_id, coalesce(s.name, 'Removed member'),"
        " CASE WHEN s.removed_at IS NULL THEN '' ELSE 'removed' END, k.created_at, k.revoked_at, k.last_used_at,"
        f" (SELECT t.hour{used} LIMIT 1), (SELECT t.hour{used} DESC LIMIT 1)"
        " FROM accounts_project p CROSS JOIN LATERAL"
        " (SELECT k.* FROM accounts_apikey k WHERE k.project_id = p.id OFFSET 0) k CROSS JOIN LATERAL"
        " (SELECT s.*, u.name FROM accounts_membership s LEFT JOIN accounts_user u ON u.id = s.user_id"
        " WHERE s.id = k.created_by_id OFFSET 0) s WHERE p.organization_id = %s"
    )
    sums = [organization_id, DIMENSIONS["apiKey"].number, FIRST_DAY]
    chosen, values = _of_keys(filters)
    return statement + chosen, [*sums, *sums, organization_id, *values]


def _of_keys(filters: Filters) -> Statement:
    """What filters on project, key and member ask of keys `k` of projects `p`, made by members `s`."""
    condition, values = "", []
    for column, chosen in (
        ("p.public_id", filters.project),
        ("k.public_id", filters.apiKey),
        ("s.public_id", filters.member),
    ):
        if chosen:
            condition += f" AND {column} = ANY(%s)"
            values.append(list(chosen))
    return condition, values
