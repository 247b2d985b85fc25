"""Which tables know the answer to a question: by one dimension, or by API key and model, for what filters keep."""

from dataclasses import dataclass, replace
from typing import Any

from analytics.metrics import DIMENSIONS, ORGANIZATION, Dimension

Statement = tuple[str, list[Any]]  # SQL, and the values of its placeholders
# The detail tables' columns -> the numbers that filters keep; empty without filters. "member_id" is no such column: it
# stands beside the keys where filters are on members alone.
Numbers = dict[str, list[int]]
MODEL, API_KEY, MEMBER = DIMENSIONS["model"], DIMENSIONS["apiKey"], DIMENSIONS["user"]


@dataclass(frozen=True, slots=True)
class Source:
    """The tables `t` of a question by the size of their rows, the SQL of its key, and what must hold of a row."""

    tables: dict[str, str]
    key: str
    where: str
    values: list[Any]
    joins: str = ""


def source_of(numbers: Numbers, dimension: Dimension) -> Source:
    """The fewest rows that know it: detail rows only where both an API key and a model are to be told."""
    if not numbers or not has_usage(numbers, dimension):
        return detail(numbers, dimension) if numbers else usage(dimension)
    kept = MODEL if "model_id" in numbers else API_KEY
    if MEMBER.column in numbers and dimension in (MEMBER, ORGANIZATION):
        kept = MEMBER
    by_kept, chosen = usage(kept), numbers[kept.column]
    where, values = f"{by_kept.where} AND t.key = ANY(%s)", [*by_kept.values, chosen]
    if dimension.number in (kept.number, ORGANIZATION.number):
        return replace(by_kept, where=where, values=values, key="t.key" if dimension is kept else "0::bigint")
    key = "owner.project_id" if dimension is DIMENSIONS["project"] else "owner.created_by_id"
    return Source(by_kept.tables, key, where, values, "JOIN accounts_apikey owner ON owner.id = t.key")


def has_usage(numbers: Numbers, dimension: Dimension) -> bool:
    """Whether the usage tables of one dimension know it: by key, whose project and member never change, or by model."""
    if "model_id" in numbers:
        return len(numbers) == 1 and dimension in (MODEL, ORGANIZATION)
    return not numbers or dimension is not MODEL


def usage(dimension: Dimension) -> Source:
    sizes = {"hour": "hourly", "day": "daily", "month": "monthly"}
    tables = {size: f"analytics_{name}usage" for size, name in sizes.items()}
    return Source(tables, "t.key", "t.dimension = %s", [dimension.number])


def detail(numbers: Numbers, dimension: Dimension) -> Source:
    tables = {"hour": "analytics_hourlydetail", "day": "analytics_dailydetail"}
    columns = [column for column in numbers if column != MEMBER.column]
    where = " AND ".join(f"t.{column} = ANY(%s)" for column in columns) or "true"
    return Source(tables, dimension.detail, where, [numbers[column] for column in columns], dimension.detail_joins)
