"""What is counted and what it is counted by: the registry that tables, pages, CSV, JSON and docs/metrics.md follow."""

from dataclasses import dataclass
from itertools import permutations
from typing import Literal

Unit = Literal["usd", "requests", "tokens", "percent"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One tab: `key` in URLs, `field` in JSON, `column` the attribute of `sums.Sums`.

    Of a quotient `column` is the table's, `part` and `whole` are attributes, and it is `part` × `times` / `whole`.
    """

    key: str
    label: str
    card: str
    unit: Unit
    column: str
    field: str
    part: str = ""
    whole: str = ""
    times: int = 1

    @property
    def is_quotient(self) -> bool:
        return bool(self.whole)


@dataclass(frozen=True, slots=True)
class Naming:
    """SQL that names a dimension's numbers, `c.key`: the key people link by, label, status and last four.

    A number whose record is gone stays, unnamed. `sent` is what senders call it, where that is another thing. `every`:
    number and key of all that an organization has, where each number is a group of its own.
    """

    joins: str
    key: str
    label: str
    status: str = "''"
    last_four: str = "''"
    sent: str = "NULL::text"
    every: str = ""

    @property
    def columns(self) -> str:
        return f'{self.key} COLLATE "C", {self.label}, {self.status}, {self.last_four}'


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to group.

    `key` is the URL's groupBy, `filter` the query parameter that keeps some of its groups. In the database: `number` in
    the usage tables, `column` of the request log; `detail` is its SQL in the detail tables `t`, with `detail_joins`.
    """

    key: str
    label: str
    plural: str
    filter: str
    number: int
    column: str
    detail: str
    naming: Naming
    detail_joins: str = ""


METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        Metric("cost", "Cost", "Total spend", "usd", "cost", "cost"),
        Metric("requests", "Requests", "Requests", "requests", "request_count", "requestCount"),
        Metric("tokens", "Tokens", "Tokens", "tokens", "total_tokens", "totalTokens"),
    )
}

CACHED = "cached_input_tokens"
# What is divided has tabs under "More": it is not summed, so it has no shares and no parts of a change.
QUOTIENTS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        Metric("costPerMillion", "Cost per 1M tokens", "", "usd", "costPer1M", "", "cost", "total_tokens", 1_000_000),
        Metric("costPerRequest", "Cost per request", "", "usd", "costPerRequest", "", "cost", "request_count"),
        Metric("cacheShare", "Cache share", "", "percent", "cacheShare", "", CACHED, "input_tokens", 100),
        Metric("errorRate", "Error rate", "", "percent", "errorRate", "", "error_count", "request_count", 100),
    )
}
EVERY_METRIC = METRICS | QUOTIENTS

# A model `m` by its canonical name, with the aliases that hold now.
ALIAS_JOIN = "LEFT JOIN analytics_modelalias a ON a.provider = m.provider AND a.name = m.name"
CANONICAL = "coalesce(a.canonical, m.canonical)"


def _named(source: str, name: str) -> str:
    """The join of `c` with `source`, whose numbers are `name.id`: one look into its index for each row of `c`.

    OFFSET 0 keeps it so: all organizations share these tables, and another plan might read what the others have.
    """
    return f"LEFT JOIN LATERAL (SELECT {name}.* {source} WHERE {name}.id = c.key OFFSET 0) {name} ON true"


# What is not grouped at all: the usage tables keep it as a dimension of one key, 0.
ORGANIZATION = Dimension(
    key="organization",
    label="Organization",
    plural="organizations",
    filter="",
    number=0,
    column="0::bigint",
    detail="0::bigint",
    naming=Naming(joins="", key="''", label="''"),
)

DIMENSIONS: dict[str, Dimension] = {
    dimension.key: dimension
    for dimension in (
        Dimension(
            key="model",
            label="Model",
            plural="models",
            filter="model",
            number=1,
            column="model_id",
            detail="t.model_id",
            naming=Naming(
                f"{_named('FROM analytics_model m', 'm')} {ALIAS_JOIN}",
                key=CANONICAL,
                label=CANONICAL,
                sent='m.name COLLATE "C"',
            ),
        ),
        Dimension(
            key="project",
            label="Project",
            plural="projects",
            filter="project",
            number=2,
            column="project_id",
            detail="t.project_id",
            naming=Naming(
                _named("FROM accounts_project p", "p"),
                key="p.public_id",
                label="coalesce(p.name, 'Deleted project')",
                status="CASE p.status WHEN 'archived' THEN 'archived' ELSE '' END",
                every="SELECT p.id, p.public_id FROM accounts_project p WHERE p.organization_id = %s",
            ),
        ),
        Dimension(
            key="apiKey",
            label="API key",
            plural="API keys",
            filter="apiKey",
            number=3,
            column="api_key_id",
            detail="t.api_key_id",
            naming=Naming(
                _named("FROM accounts_apikey k", "k"),
                key="k.public_id",
                label="coalesce(k.description, 'Deleted API key')",
                status="CASE WHEN k.revoked_at IS NULL THEN '' ELSE 'revoked' END",
                last_four="coalesce(k.last_four, '')",
                every="SELECT k.id, k.public_id FROM accounts_apikey k WHERE k.project_id = ANY(ARRAY(SELECT p.id"
                " FROM accounts_project p WHERE p.organization_id = %s))",
            ),
        ),
        Dimension(
            key="user",
            label="Member",
            plural="members",
            filter="member",
            number=4,
            column="member_id",
            detail="owner.created_by_id",
            detail_joins="JOIN accounts_apikey owner ON owner.id = t.api_key_id",
            naming=Naming(
                _named(", u.name FROM accounts_membership s LEFT JOIN accounts_user u ON u.id = s.user_id", "s"),
                key="s.public_id",
                label="coalesce(s.name, 'Removed member')",
                status="CASE WHEN s.removed_at IS NULL THEN '' ELSE 'removed' END",
                every="SELECT s.id, s.public_id FROM accounts_membership s WHERE s.organization_id = %s",
            ),
        ),
    )
}
# What groupBy may be: one dimension, or two different ones, of which the second cuts the groups of the first.
GROUPINGS: dict[str, tuple[Dimension, Dimension | None]] = {
    **{dimension.key: (dimension, None) for dimension in DIMENSIONS.values()},
    **{f"{first.key},{then.key}": (first, then) for first, then in permutations(DIMENSIONS.values(), 2)},
}
# Every dimension of the usage tables.
TABLE_DIMENSIONS = (ORGANIZATION, *DIMENSIONS.values())


@dataclass(frozen=True, slots=True)
class Summed:
    """One column of every table of sums: what a row of the request log adds to it, as SQL; `exact` of money."""

    column: str
    amount: str
    exact: bool = False

    def total(self, of: str) -> str:
        """The sum of an expression in SQL; PostgreSQL's own of whole numbers is a `numeric`, and slow."""
        return f"sum({of})" if self.exact else f"orgdash_sum({of})"


SUMMED: tuple[Summed, ...] = (
    Summed("request_count", "1"),
    Summed("error_count", "is_error::int"),
    Summed("unpriced_count", "(cost IS NULL)::int"),
    Summed("input_tokens", "input_tokens"),
    Summed("output_tokens", "output_tokens"),
    Summed("cached_input_tokens", "cached_input_tokens"),
    Summed("cache_write_tokens", "cache_write_tokens"),
    Summed("reasoning_tokens", "reasoning_tokens"),
    Summed("cost", "coalesce(cost, 0)", exact=True),
    # What no sender stated: cost_source says who did instead (models.CostSource).
    Summed("estimated_cost", "CASE WHEN cost_source > 0 THEN coalesce(cost, 0) ELSE 0 END", exact=True),
)
