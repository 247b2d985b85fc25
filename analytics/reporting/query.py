"""One question: an organization, a window, how to cut and group it, and what to leave out. Pure."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal

from analytics.metrics import Dimension, Metric
from analytics.windows import BucketSize, Window

# The period or days right before · the same weekdays before · the same dates a year earlier · from a day chosen.
ComparisonKind = Literal["previous", "weekday", "year", "day"]


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
    """Two windows that are measured against each other, and how the earlier one was chosen.

    Of a window that now is in both end early: `shown`, what of the window asked for is measured, with the last full
    hour of the reporting zone's clock, and `window`, what it is compared with, with the counterpart of that hour. Both
    leave out days that are still to come. Early in the window's first hour they are empty.
    """

    kind: ComparisonKind
    window: Window
    shown: Window
    partial: bool = False  # whether they end early


@dataclass(frozen=True, slots=True)
class Query:
    """What one page, CSV or JSON answer shows. `organization_id` is the database number; `filters` has public ids.

    `why_at` asks why the cost changed; it is the day whose list prices explain it. Of the groups that changed the cost
    most so many as `split_rows` have their causes told; it costs two statements.
    `then`: by what groups are cut once more; None where one level is asked for. `opened` are the keys of the groups
    whose parts are shown; None: of all.
    """

    organization_id: int
    window: Window
    bucket: BucketSize
    dimension: Dimension
    metric: Metric
    filters: Filters = Filters()
    comparison: Comparison | None = None
    split_rows: int = 0
    why_at: datetime | None = None
    then: Dimension | None = None
    opened: tuple[str, ...] | None = ()

    @property
    def group_by(self) -> str:
        """As it stands in a link: `project`, or `project,model`."""
        return f"{self.dimension.key},{self.then.key}" if self.then else self.dimension.key

    @property
    def names_keys(self) -> bool:
        """Whether API keys are grouped by, be it in the second place."""
        return "apiKey" in self.group_by.split(",")
