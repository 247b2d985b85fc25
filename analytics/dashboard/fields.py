"""What the columns of a CSV are called, and the groups its rows are about. Pure."""

import re

from analytics.metrics import Dimension
from analytics.reporting.columns import Column
from analytics.reporting.query import Query
from analytics.reporting.sums import Group

UNITS = {"usd": "_usd", "rate": "_usd", "share": "_percent", "percent": "_percent", "change": "_percent"}


def heads(query: Query) -> tuple[str, ...]:
    """The columns that name a row: of the group, and of its part where there are two groupings."""
    return (*group_head(query.dimension), *(group_head(query.then) if query.then else ()))


def group_head(dimension: Dimension) -> tuple[str, str]:
    return f"{dimension.filter}_id", dimension.filter


def group_names(group: Group) -> tuple[str, str]:
    return group.key or "", group.label


def metric_field(query: Query) -> str:
    words = re.sub(r"([A-Z])", r"_\1", query.metric.key).lower()
    return words + UNITS.get(query.metric.unit, "")


def column_field(column: Column) -> str:
    """The column's name in the file: `costPer1M`, in dollars, is `cost_per_1m_usd`."""
    words = re.sub(r"([A-Z]|1M)", r"_\1", column.key).lower().replace("1_m", "1m")
    return words + UNITS.get(column.kind, "")
