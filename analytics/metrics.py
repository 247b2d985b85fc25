"""What is counted and what it is counted by: the registry that pages, CSV, JSON and docs/metrics.md follow."""

from dataclasses import dataclass
from typing import Literal

Unit = Literal["usd", "requests", "tokens"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One tab: `key` in URLs, `field` in JSON, `column` the attribute of `reader.Sums`."""

    key: str
    label: str
    card: str
    unit: Unit
    column: str
    field: str


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to group: `key` in the URL's groupBy, `number` in the usage tables, `filter` the query parameter."""

    key: str
    label: str
    plural: str
    number: int
    filter: str


METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        Metric("cost", "Cost", "Total spend", "usd", "cost", "cost"),
        Metric("requests", "Requests", "Requests", "requests", "request_count", "requestCount"),
        Metric("tokens", "Tokens", "Tokens", "tokens", "total_tokens", "totalTokens"),
    )
}

DIMENSIONS: dict[str, Dimension] = {
    dimension.key: dimension
    for dimension in (
        Dimension("model", "Model", "models", 1, "model"),
        Dimension("project", "Project", "projects", 2, "project"),
        Dimension("apiKey", "API key", "API keys", 3, "apiKey"),
        Dimension("user", "Member", "members", 4, "member"),
    )
}


@dataclass(frozen=True, slots=True)
class Summed:
    """One column of every table of sums: what a row of the request log adds to it, as SQL; `exact` of money."""

    column: str
    amount: str
    exact: bool = False


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
