"""The text of `GET /analytics/activity`: a row for each bucket, or columns; costs are exact digits.

The dearest groups are written without a dictionary for each cell: a year of them has thousands.
"""

from bisect import bisect_right
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any

import simplejson

from analytics.reporting import over_time
from analytics.reporting.over_time import Head, Lines
from analytics.reporting.parameters import JsonQuestion
from analytics.reporting.sums import Group, Line, Sums, plain
from analytics.windows import Bucket, BucketSize, Window, buckets


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, of which organization (its public id), and when."""

    organization: str
    asked: JsonQuestion
    now: datetime


# Of every bucket and of the whole: the field, and what is summed in it.
FIELDS = {
    "cost": "cost",
    "requestCount": "request_count",
    "totalTokens": "total_tokens",
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "cachedInputTokens": "cached_input_tokens",
    "cacheWriteTokens": "cache_write_tokens",
    "reasoningTokens": "reasoning_tokens",
    "errorCount": "error_count",
    "unpricedRequestCount": "unpriced_count",
    "estimatedCost": "estimated_cost",
}
_SUMS = ", ".join(f'"{field}": %s' for field in FIELDS)
CELL = ((', "cost": ', "cost"), (', "requestCount": ', "request_count"), (', "totalTokens": ', "total_tokens"))


def streamed(question: Question) -> Generator[str]:
    """In pieces, a bucket at a time, so that memory does not grow with the answer."""
    return _paired(question) if question.asked.query.then else _every(question)


def _every(question: Question) -> Generator[str]:
    with over_time.every(question.asked.query, CELL) as every:
        named = [_unclosed(_named(group)) for group in every.groups]
        yield f'{_begun(question, every.head)}, "activity": ['
        for index, (bucket, sums, cells) in enumerate(every.rows):
            breakdown = ", ".join([f"{named[place]}{text}}}" for place, text in cells])
            row = _bucket(bucket, _sums(sums), question, every.head)
            yield f'{", " if index else ""}{row}, "breakdown": [{breakdown}]}}'
        yield "]}"


def _paired(question: Question) -> Generator[str]:
    with over_time.activity(question.asked.query, question.asked.top) as activity:
        yield f'{_begun(question, activity.head)}, "activity": ['
        for index, row in enumerate(activity.rows):
            bucket = _bucket(row.bucket, _sums(row.sums), question, activity.head)
            breakdown = simplejson.dumps([_group(group) for group in row.breakdown])
            yield f'{", " if index else ""}{bucket}, "breakdown": {breakdown}}}'
        yield "]}"


def at_once(question: Question, lines: Lines) -> str:
    """The dearest groups and the rest, in the shape that was asked for."""
    begun = _begun(question, lines.head)
    return _columns(begun, question, lines) if question.asked.columns else _rows(begun, question, lines)


def _rows(begun: str, question: Question, lines: Lines) -> str:
    every = sorted(lines.lines, key=lambda line: line.group.key or "")
    amounts, cells = zip(*(line.amounts for line in every), strict=True), zip(*map(_cells, every), strict=True)
    nothing = [()] * len(lines.buckets)
    whole = [_SUMS % numbers for numbers in zip(*(lines.whole[column] for column in FIELDS.values()), strict=True)]
    written = []
    for bucket, sums, costs, texts, other in zip(
        lines.buckets,
        whole,
        amounts if every else nothing,
        cells if every else nothing,
        _cells(lines.other) if lines.other else nothing,
        strict=True,
    ):
        dearest = sorted(zip(costs, texts, strict=True), key=itemgetter(0), reverse=True)
        breakdown = [text for _, text in dearest if text]
        if other:
            breakdown.append(other)
        row = _bucket(bucket, sums, question, lines.head)
        written.append(f'{row}, "breakdown": [{", ".join(breakdown)}]}}')
    return f'{begun}, "activity": [{", ".join(written)}]}}'


def _cells(line: Line) -> list[str]:
    """A group's text in each bucket; "" where it was not used."""
    named = _unclosed(_named(line.group))
    return [
        "" if requests == "0" else f'{named}, "cost": {cost}, "requestCount": {requests}, "totalTokens": {tokens}}}'
        for cost, requests, tokens in zip(line.cost, line.requests, line.tokens, strict=True)
    ]


def _columns(begun: str, question: Question, lines: Lines) -> str:
    """The same numbers once for each group, the whole first; `starts` tells hours of one name apart."""
    query = question.asked.query
    ended = bisect_right(lines.buckets, question.now, key=attrgetter("end"))
    incomplete = ", ".join(["false"] * ended + ["true"] * (len(lines.buckets) - ended))
    spine = f'{_days(query.window, query.bucket)}, "incomplete": [{incomplete}]'
    whole = Line(Group(None, "Total", lines.head.totals), [], *(lines.whole[column] for column in over_time.DRAWN))
    series = [_series(whole, total=True), *map(_series, lines.lines), *map(_series, filter(None, [lines.other]))]
    return f'{begun}, {spine}, "series": [{", ".join(series)}]}}'


@lru_cache(maxsize=16)  # a year has hundreds, and many ask for the same days
def _days(window: Window, size: BucketSize) -> str:
    """What columns say of the buckets but whether they are over."""
    spine = buckets(window, size)
    days: dict[str, list[str]] = {"dates": [bucket.day.isoformat() for bucket in spine]}
    if size == "hour":
        days["starts"] = [bucket.start.astimezone(window.zone).isoformat() for bucket in spine]
    return simplejson.dumps(days)[1:-1]


def _series(line: Line, *, total: bool = False) -> str:
    named = _unclosed(_named(line.group) | ({"total": True} if total else {}))
    cost, requests, tokens = map(", ".join, (line.cost, line.requests, line.tokens))
    return f'{named}, "cost": [{cost}], "requestCount": [{requests}], "totalTokens": [{tokens}]}}'


def _unclosed(record: dict[str, Any]) -> str:
    """Its text, to which more is added."""
    return simplejson.dumps(record).removesuffix("}")


def _begun(question: Question, head: Head) -> str:
    query = head.query
    return _unclosed(
        {
            "organizationId": question.organization,
            "groupBy": query.group_by,
            "from": query.window.first_day.isoformat(),
            "to": query.window.last_day.isoformat(),
            "timezone": query.window.zone.key,
            "bucket": query.bucket,
            "exact": head.exact,
            "dataThrough": _instant(head.data_through),
            "firstUsage": _instant(head.first_usage),
            "totals": simplejson.RawJSON(f"{{{_sums(head.totals)}}}"),
        }
    )


def _instant(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None


def _bucket(bucket: Bucket, sums: str, question: Question, head: Head) -> str:
    """A row without its groups, not closed. What of it is no number is made of digits and names of this code."""
    query = question.asked.query
    start = f', "start": "{bucket.start.astimezone(query.window.zone).isoformat()}"' if query.bucket == "hour" else ""
    incomplete = "true" if bucket.incomplete(question.now) else "false"
    before = ', "beforeFirstUsage": true' if head.first_usage and bucket.end <= head.first_usage else ""
    return f'{{"date": "{bucket.day.isoformat()}"{start}, "incomplete": {incomplete}{before}, {sums}'


def _named(group: Group) -> dict[str, Any]:
    return {"key": group.key, "label": group.label, **({"other": True} if group.others else {})}


def _group(group: Group) -> dict[str, Any]:
    parts = {"breakdown": [_group(part) for part in group.parts]} if group.parts else {}
    metrics = {
        "cost": simplejson.RawJSON(plain(group.sums.cost)),
        "requestCount": group.sums.request_count,
        "totalTokens": group.sums.total_tokens,
    }
    return {**_named(group), **metrics, **parts}


def _sums(sums: Sums) -> str:
    return _SUMS % tuple(plain(getattr(sums, column)) for column in FIELDS.values())
