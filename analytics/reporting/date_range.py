"""The window's own parameters: range, from and to, timezone; how finely it is cut, and what it is compared with."""

from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from accounts.models import time_zone_names
from analytics.reporting.comparisons import compare, default_kind
from analytics.reporting.parameter_notes import COMPARISONS, Parser
from analytics.reporting.query import Comparison, ComparisonKind
from analytics.windows import (
    BUCKET_SIZES,
    DEFAULT_PRESET,
    FIRST_DAY,
    LAST_DAY,
    MAX_DAYS,
    MAX_HOUR_DAYS,
    PRESETS,
    BucketSize,
    Window,
    day_exists,
    day_window,
    preset_window,
)


def read_window(parser: Parser) -> Window:
    """The window that range, or from and to, name in the zone asked for; the default where they cannot be used."""
    zone = _zone(parser)
    preset, first, last = parser.one("range"), parser.one("from"), parser.one("to")
    if preset and (first or last):
        parser.note("range", f'range "{preset}" and from/to are given; give one of them')
        preset = ""
    if first or last:
        return _custom(parser, first, last, zone) or preset_window(DEFAULT_PRESET, parser.now, zone)
    if preset and preset not in PRESETS:
        parser.note("range", f'"{preset}" is not one of {", ".join(PRESETS)}')
        preset = ""
    return preset_window(preset or DEFAULT_PRESET, parser.now, zone)


def _zone(parser: Parser) -> ZoneInfo:
    name = parser.one("timezone")
    if name and name not in time_zone_names():
        parser.note("timezone", f'"{name}" is not an IANA time zone such as Europe/Berlin')
        name = ""
    return ZoneInfo(name or parser.organization.time_zone)


def _custom(parser: Parser, first: str, last: str, zone: ZoneInfo) -> Window | None:
    for field, other, given in (("from", "to", first), ("to", "from", last)):
        if not given:
            parser.note(field, f"{field} is missing; give both from and to, {other} is given")
            return None
    first_day, last_day = _day(parser, "from", first, zone), _day(parser, "to", last, zone)
    if not first_day or not last_day:
        return None
    if first_day > last_day:
        parser.note("from", f"from {first} is after to {last}")
        return None
    window = day_window(first_day, last_day, zone)
    if window.days > MAX_DAYS:
        parser.note("to", f"{first} to {last} is {window.days} days; at most {MAX_DAYS} are possible")
        return None
    return window


def _day(parser: Parser, field: str, text: str, zone: ZoneInfo) -> date | None:
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-06-20") and text[4] == text[7] == "-" else None
    except ValueError:
        day = None
    if day is None:
        parser.note(field, f'"{text}" is not a day; write it as 2026-06-20')
        return None
    if not FIRST_DAY <= day <= LAST_DAY:
        parser.note(field, f'"{text}" is not between {FIRST_DAY.year} and {LAST_DAY.year}')
        return None
    if not day_exists(day, zone):
        parser.note(field, f'"{text}" does not exist in {zone.key}, which skipped that day')
        return None
    return day


def read_bucket(parser: Parser, window: Window, default: BucketSize) -> BucketSize:
    """How finely the window is cut; `default` where nothing is asked for, or what is not possible."""
    size = parser.choice("bucket", BUCKET_SIZES, "hour" if window.preset == "24h" else default)
    if window.preset == "24h" and size != "hour":
        parser.note("bucket", f'"{size}" is not possible with range 24h, which comes in hours')
        return "hour"
    if size == "hour" and window.days > MAX_HOUR_DAYS:
        parser.note("bucket", f'"hour" is possible up to {MAX_HOUR_DAYS} days; these are {window.days}')
        return default
    return size


def read_comparison(parser: Parser, window: Window) -> Comparison | None:
    """What `window` is compared with: by the kind asked for, or from a day on; None: nothing."""
    text, chosen = parser.one("compare"), None
    kind: ComparisonKind | Literal["none"] = default_kind(window)
    if text[:1].isdecimal():
        chosen = _day(parser, "compare", text, window.zone)
        kind = "day" if chosen else kind
    elif text in COMPARISONS:
        kind = parser.choice("compare", COMPARISONS, kind)
    elif text:
        parser.note("compare", f'"{text}" is not one of {", ".join(COMPARISONS)}, nor a day such as 2026-06-20')
    if kind == "none":
        return None
    return compare(window, kind, parser.now, ZoneInfo(parser.organization.time_zone), chosen)
