"""Report -> the parts of the page: cards, ranking and the rest. No HTML, no database; texts are the filters' work."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict

from analytics.dashboard import (
    cards,
    changes,
    charts,
    comparing,
    dates,
    formatting,
    glossary,
    links,
    ranking,
    steps,
    table,
    time_table,
)
from analytics.dashboard.filters import offered
from analytics.dashboard.senders import SENDERS
from analytics.metrics import METRICS, QUOTIENTS, Dimension
from analytics.reporting.columns import EVERY, OF_KEYS
from analytics.reporting.keys import KEY_STATES
from analytics.reporting.parameter_notes import DATE_PARAMETERS, Note
from analytics.reporting.parameters import FILTERS, PageQuestion, write
from analytics.reporting.query import Query
from analytics.reporting.reports import Report
from analytics.reporting.sums import Pair
from analytics.windows import PRESETS, Bucket, BucketSize
from orgdash.version import CATALOGUE, catalogue_version

PICKED = (*DATE_PARAMETERS, "compare")  # what the date picker sets
NAMED_UNPRICED = 5  # how many models that are not priced are named where they are counted; further ones are folded away
FRESH, DELAYED = timedelta(minutes=10), timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the templates show of one report.

    `parameters` is the page's state for links to build on: without what was ignored, and without the table's page, as
    every other change leads to the first.
    """

    query: Query
    report: Report
    now: datetime
    parameters: QueryDict
    dimensions: tuple[Dimension, ...]
    cards: tuple[cards.Card, ...]
    bands: tuple[charts.Band, ...]
    chart: dict[str, Any]
    time_table: time_table.TimeTable
    sizes: tuple[tuple[BucketSize, str], ...]
    bars: tuple[ranking.Bar, ...]
    changes: changes.Changes | None
    beginning: comparing.Beginning | None
    table: table.Table
    notes: tuple[Note, ...]
    scoped: bool  # the page itself fixes a filter
    why_rows: bool  # whether each row of what changed says why
    choices: tuple[comparing.Choice, ...]  # what can be compared with
    metrics = tuple(METRICS.values())
    more_metrics = tuple(QUOTIENTS.values())
    presets = PRESETS
    senders = tuple(SENDERS.values())
    catalogue = f"{CATALOGUE} {catalogue_version()}"

    @property
    def empty(self) -> bool:
        return not self.report.groups

    @property
    def unused(self) -> bool:
        """Whether this organization never sent an event."""
        return self.report.data_through is None

    @property
    def filtered(self) -> bool:
        """Whether filters are set that can be cleared."""
        return any(field in self.parameters for field in FILTERS)

    @property
    def estimated(self) -> Pair | None:
        """Which part of the metric shown is estimated; None: nothing."""
        return cards.estimated_part(self.report, self.query.metric)

    @property
    def unpriced_names(self) -> list[str]:
        """The models with requests that are not priced, those with most of them first: all, or the first few."""
        few = len(self.report.unpriced_models) <= NAMED_UNPRICED
        return [group.label for group in self.report.unpriced_models[: None if few else NAMED_UNPRICED - 1]]

    @property
    def further_unpriced_names(self) -> list[str]:
        return [group.label for group in self.report.unpriced_models[len(self.unpriced_names) :]]

    @property
    def freshness(self) -> str:
        """How old the newest event is: fresh, aging or delayed; ahead of our clock; none before the first."""
        newest = self.report.data_through
        if newest is None:
            return "none"
        age = self.now - newest
        if age < -FRESH:
            return "ahead"
        return "fresh" if age < FRESH else "aging" if age <= DELAYED else "delayed"

    @property
    def partial(self) -> bool:
        return self.query.window.contains(self.now)

    @property
    def caption(self) -> str:
        return charts.caption(self.query)

    @property
    def drawing(self) -> dict[str, Any]:
        """What the chart's script is told."""
        return time_table.drawing(self.chart, self.time_table)

    @property
    def other_shape(self) -> str | None:
        """What `chart` becomes for the other of drawing and table."""
        return None if self.time_table.shown else "table"

    @property
    def comparison(self) -> str:
        return charts.comparison_name(self.report)

    @property
    def compared_days(self) -> str:
        compared = self.query.comparison
        return dates.short_days(compared.window, self.query.window.last_day.year) if compared else ""

    @property
    def compared_words(self) -> str:
        return comparing.words(self.query)

    @property
    def why(self) -> str:
        return changes.why(self.report)

    @property
    def other_why(self) -> str | None:
        """What `why` becomes for the other of the whole's causes and those of every row."""
        return None if self.why_rows else "rows"

    @property
    def unexplained(self) -> int:
        """How many requests of both windows are not priced, and so no part of what changed the cost."""
        found = self.report.compared and self.report.compared.why
        return found.whole.unpriced_count if found else 0

    @property
    def new_since(self) -> datetime | None:
        """The first usage, if it lies in the window shown."""
        first = self.report.first_usage
        return first if first and self.query.window.contains(first) else None

    @property
    def outside_dates(self) -> tuple[tuple[str, list[str]], ...]:
        """The parameters that a form for other dates hands on."""
        return tuple((field, values) for field, values in self.parameters.lists() if field not in PICKED)

    @property
    def outside_columns(self) -> tuple[tuple[str, list[str]], ...]:
        """The parameters that the form of columns hands on."""
        return tuple((field, values) for field, values in self.parameters.lists() if field != "columns")

    @property
    def outside_search(self) -> tuple[tuple[str, list[str]], ...]:
        """The parameters that the search form hands on."""
        return tuple((field, values) for field, values in self.parameters.lists() if field != "q")

    @property
    def search(self) -> str:
        return self.parameters.get("q", "")

    @property
    def sort_without_comparison(self) -> str | None:
        """The sort that still makes sense when the column of changes leaves."""
        return None if self.table.active.key == "change" else self.parameters.get("sort")

    @property
    def meanings(self) -> dict[str, str]:
        """What the heads of every table and the chips over it mean, by column and state."""
        named = [*((column.key, column.label) for column in EVERY), *KEY_STATES.items()]
        return {key: glossary.meaning(label) for key, label in named}

    @property
    def counts_errors(self) -> bool:
        """Whether error rates carry their counts."""
        return self.query.metric.key == "errorRate" or self.parameters.get("keys") == "errorsUp"

    @property
    def keys_without_comparison(self) -> str | None:
        """What rows that are keys are narrowed to, if that needs no comparison."""
        return None if self.parameters.get("keys") == "errorsUp" else self.parameters.get("keys")

    @property
    def sort_without_keys(self) -> str | None:
        """The sort that still makes sense when rows are no keys any more."""
        of_keys = {column.key for column in OF_KEYS}
        return None if self.table.active.key in of_keys else self.parameters.get("sort")

    @property
    def lasting_links(self) -> tuple[tuple[str, str], ...]:
        """(what it always shows, query string): this view as a link for others, by its days and by its range."""
        window, found = self.query.window, []
        if window.preset != "24h":
            fixed = {"range": None, "from": window.first_day.isoformat(), "to": window.last_day.isoformat()}
            found.append((dates.window(window, self.now), links.changed(self.parameters, fixed)))
        if window.preset:
            latest = f"Always {formatting.in_text(dates.window_name(window))}"
            found.append((latest, links.changed(self.parameters, {"range": window.preset})))
        return tuple(found)

    @property
    def title(self) -> str:
        """What is shown, for the browser's tab.

        "Cost by project, Oct 24 – Nov 22, 2026"
        """
        shown = f"{self.query.metric.label} by {formatting.in_text(self.query.dimension.label)}"
        return f"{shown}, {dates.window(self.query.window, self.now)}"

    def drill(self, key: str | None) -> str:
        """The query string a name leads to; empty where it leads nowhere."""
        changed = links.drill(self.query.dimension, self.dimensions, key)
        if changed is None:
            return ""
        return links.querystring(self.parameters, self._forgotten | changed)

    @property
    def _forgotten(self) -> dict[str, None]:
        """What a link to another grouping leaves behind."""
        return dict.fromkeys(("q", "open", "keys", *(() if self.sort_without_keys else ("sort",))))


def build_page(report: Report, asked: PageQuestion, now: datetime) -> Page:
    """What the page's scope fixes is neither offered as a grouping nor kept in links."""
    query = report.query
    bands = charts.bands(report)
    listed = table.build(report, asked.listing, now)
    parameters, drawn, shown = write(asked), charts.past(report, now), asked.as_table
    in_table = time_table.has_rows(len(drawn), shown=shown)
    chart = charts.over_time(report, now, texts=in_table, shares=time_table.has_shares(len(drawn), shown=shown))
    links = tuple(_opened(drawn, query, parameters)) if in_table else ()
    return Page(
        query=query,
        report=report,
        now=now,
        parameters=parameters,
        dimensions=offered(asked.scope),
        cards=tuple(cards.build(report, metric, now) for metric in METRICS.values()),
        bands=bands,
        chart=chart,
        time_table=time_table.build(chart, links, shown=shown),
        sizes=tuple((size, size.title()) for size in steps.sizes(query)),
        bars=ranking.bars(bands, report),
        changes=changes.build(report),
        beginning=comparing.beginning(report, now),
        table=listed,
        notes=asked.notes + listed.notes,
        scoped=bool(asked.scope),
        why_rows=asked.why_rows,
        choices=comparing.choices(query, now),
    )


def _opened(drawn: tuple[Bucket, ...], query: Query, parameters: QueryDict) -> Iterator[str]:
    """The query strings that the buckets of the chart lead to; "" for an hour. All of them change the same fields."""
    changes = [steps.opened(bucket, query, parameters.get("compare")) for bucket in drawn]
    changing = links.changing(parameters, changes[0] or ()) if changes else None
    return ("" if changed is None or changing is None else changing(changed) for changed in changes)
