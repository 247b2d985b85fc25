"""One question: an organization, a window, how to cut and group it, and what to leave out. Pure."""

from dataclasses import dataclass, fields
from typing import Literal

from analytics.metrics import Dimension, Metric
from analytics.windows import BucketSize, Window

ComparisonKind = Literal["previous", "year"]


@dataclass(frozen=True, slots=True)
class Filters:
    """Public ids, and canonical models. A request must match one value of every field that has values."""

    project: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    apiKey: tuple[str, ...] = ()  # noqa: N815 - the query parameter's name
    member: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The window compared with, and how it was chosen: the days right before, or the same dates a year earlier."""

    kind: ComparisonKind
    window: Window


@dataclass(frozen=True, slots=True)
class Query:
    """What one page, CSV or JSON answer shows. `organization_id` is the database number; `filters` has public ids."""

    organization_id: int
    window: Window
    bucket: BucketSize
    dimension: Dimension
    metric: Metric
    filters: Filters = Filters()
    comparison: Comparison | None = None
