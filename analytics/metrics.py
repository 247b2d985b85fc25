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
