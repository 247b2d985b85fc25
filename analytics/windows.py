"""Windows of time and the buckets they are cut into. Standard library only; `now` is always an argument.

Outside, a window is two calendar days in a time zone, both inclusive; inside, it is instants, [start, end), in UTC.
Days begin at local midnight (at the first instant of the day where clocks skip midnight), so they have 23, 24 or 25
hours. Hours are those of the zone's clock and equal PostgreSQL's date_trunc('hour', instant, zone), which keeps the
offset on both sides of a clock change.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

BucketSize = Literal["hour", "day", "week", "month"]
BUCKET_SIZES: tuple[BucketSize, ...] = ("hour", "day", "week", "month")

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
MAX_DAYS = 366
MAX_HOUR_DAYS = 31  # hours are offered up to so many days

ONE_DAY, ONE_HOUR = timedelta(days=1), timedelta(hours=1)

# Preset → the name people choose. The order is the picker's.
PRESETS: dict[str, str] = {
    "today": "Today",
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
    "month": "This month",
    "last-month": "Last month",
    "quarter": "This quarter",
    "last-quarter": "Last quarter",
    "year": "This year",
    "last-year": "Last year",
    "12m": "Last 12 months",
}
DEFAULT_PRESET = "7d"


@dataclass(frozen=True, slots=True)
class Bucket:
    """One point on a chart: the instants [start, end), and the first day of them in the window's zone."""

    start: datetime
    end: datetime
    day: date

    def incomplete(self, now: datetime) -> bool:
        return now < self.end


@dataclass(frozen=True, slots=True)
class Window:
    """The instants [start, end) in UTC, the days they cover in `zone`, both inclusive, and the preset, if one."""

    start: datetime
    end: datetime
    first_day: date
    last_day: date
    zone: ZoneInfo
    preset: str | None = None

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    @property
    def empty(self) -> bool:
        return self.start >= self.end

    def contains(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of `day` in `zone`, in UTC.

    >>> midnight(date(2026, 3, 9), ZoneInfo("America/New_York")).isoformat()
    '2026-03-09T04:00:00+00:00'
    """
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def hour_start(instant: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of the clock hour `instant` lies in, in UTC.

    >>> hour_start(datetime(2026, 6, 1, 10, 40, tzinfo=UTC), ZoneInfo("Asia/Kathmandu")).isoformat()
    '2026-06-01T10:15:00+00:00'
    """
    local = instant.astimezone(zone)
    into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return instant.astimezone(UTC) - into


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()


def day_exists(day: date, zone: ZoneInfo) -> bool:
    """False for a day that the zone skipped when it changed sides of the date line.

    >>> day_exists(date(2011, 12, 30), ZoneInfo("Pacific/Apia")), day_exists(date(2011, 12, 30), ZoneInfo("UTC"))
    (False, True)
    """
    return midnight(day, zone) < midnight(day + ONE_DAY, zone)


def hours_before(hour: datetime, count: int, zone: ZoneInfo) -> datetime:
    """The beginning of the clock hour `count` hours before `hour`, itself one. Stepping by 60 minutes would miss it
    where clocks change by half an hour."""
    for _ in range(count):
        hour = hour_start(hour - timedelta.resolution, zone)
    return hour


def day_window(first_day: date, last_day: date, zone: ZoneInfo, preset: str | None = None) -> Window:
    """The window of whole days from `first_day` to `last_day`, both inclusive."""
    return Window(midnight(first_day, zone), midnight(last_day + ONE_DAY, zone), first_day, last_day, zone, preset)


def month_start(day: date, months: int = 0) -> date:
    """The first of the month `months` after that of `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _quarter(day: date) -> date:
    return month_start(day, -((day.month - 1) % 3))


def _preset_days(preset: str, today: date) -> tuple[date, date]:
    month, quarter, year = month_start(today), _quarter(today), date(today.year, 1, 1)
    return {
        "today": (today, today),
        "7d": (today - 6 * ONE_DAY, today),
        "30d": (today - 29 * ONE_DAY, today),
        "90d": (today - 89 * ONE_DAY, today),
        "month": (month, today),
        "last-month": (month_start(month, -1), month - ONE_DAY),
        "quarter": (quarter, today),
        "last-quarter": (month_start(quarter, -3), quarter - ONE_DAY),
        "year": (year, today),
        "last-year": (date(today.year - 1, 1, 1), year - ONE_DAY),
        "12m": (month_start(today, -11), today),
    }[preset]


def preset_window(preset: str, now: datetime, zone: ZoneInfo) -> Window:
    """The window a preset names at `now`. KeyError for a name that is not in PRESETS.

    >>> window = preset_window("last-month", datetime(2026, 3, 31, 12, tzinfo=UTC), ZoneInfo("UTC"))
    >>> window.first_day.isoformat(), window.last_day.isoformat()
    ('2026-02-01', '2026-02-28')
    """
    if preset == "24h":
        current = hour_start(now, zone)
        start, end = hours_before(current, 24, zone), current + ONE_HOUR
        return Window(start, end, day_of(start, zone), day_of(now, zone), zone, preset)
    return day_window(*_preset_days(preset, day_of(now, zone)), zone, preset)


def default_bucket(window: Window) -> BucketSize:
    """What the page draws: hours to 48 h, days to 92, weeks beyond."""
    if window.preset == "24h" or window.days <= 2:
        return "hour"
    return "day" if window.days <= 92 else "week"


def _hours(window: Window) -> Iterator[datetime]:
    """The clock hours of the window, ascending; it begins with one.

    Where clocks change by half an hour an hour's beginning may lie before the end of the one before it.
    """
    hour = instant = window.start
    while instant < window.end:
        yield hour
        instant = hour + ONE_HOUR
        hour = hour_start(instant, window.zone)


def _first_days(window: Window, size: BucketSize) -> Iterator[date]:
    day = window.first_day
    while day <= window.last_day:
        yield day
        match size:
            case "week":
                day += (7 - day.weekday()) * ONE_DAY
            case "month":
                day = month_start(day, 1)
            case _:
                day += ONE_DAY


@lru_cache(maxsize=16)  # each of a year has hundreds, and many ask for the same days
def buckets(window: Window, size: BucketSize) -> tuple[Bucket, ...]:
    """The spine: every bucket of the window, ascending, without gaps, clipped to the window.

    >>> spring = day_window(date(2026, 3, 8), date(2026, 3, 8), ZoneInfo("America/New_York"))
    >>> len(buckets(spring, "hour")), len(buckets(spring, "day"))
    (23, 1)
    """
    if size == "hour":
        starts = list(_hours(window))
    else:
        starts = [midnight(day, window.zone) for day in _first_days(window, size)]
    edges = [*starts, window.end]
    # A day that the zone skipped begins and ends at once: it has no bucket.
    return tuple(Bucket(start, end, day_of(start, window.zone)) for start, end in pairwise(edges) if start < end)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of one table's rows: months and days by date, hours by instant; half-open. `less`: to be taken away."""

    size: Literal["hour", "day", "month"]
    start: date | datetime
    end: date | datetime
    less: bool = False


def cover(start: datetime, end: datetime, zone: ZoneInfo, *, months: bool) -> tuple[Stretch, ...]:
    """[start, end) as whole months, whole days and hours of `zone`, the coarsest that fit; `months=False`: no months.

    Where that is less to read, a month is taken whole and its days outside are taken away. An hour belongs to the
    stretch in which it begins.
    """
    first, last = day_of(start, zone), day_of(end, zone)
    if midnight(first, zone) < start:
        first += ONE_DAY
    if first >= last:
        return (Stretch("hour", start, end),)
    days = _by_months(first, last) if months else (Stretch("day", first, last),)
    stretches = (Stretch("hour", start, midnight(first, zone)), *days, Stretch("hour", midnight(last, zone), end))
    return tuple(stretch for stretch in stretches if stretch.start < stretch.end)


def _by_months(first: date, last: date) -> tuple[Stretch, ...]:
    """The days [first, last) by the fewest rows of months and days, added or taken away."""
    found: list[tuple[Stretch, ...]] = [(Stretch("day", first, last),)]
    for begin in (month_start(first - ONE_DAY, 1), month_start(first)):
        for end in (month_start(last), month_start(last - ONE_DAY, 1)):
            if begin < end:
                found.append((_days_between(first, begin), Stretch("month", begin, end), _days_between(end, last)))
    return min(found, key=_days_and_months)


def _days_and_months(stretches: tuple[Stretch, ...]) -> int:
    days = [(one.end.toordinal() - one.start.toordinal(), one.size) for one in stretches]
    return sum(round(number / 30) if size == "month" else number for number, size in days)


def _days_between(day: date, other: date) -> Stretch:
    return Stretch("day", day, other) if day <= other else Stretch("day", other, day, less=True)


def whole_period(bucket: Bucket, size: BucketSize, zone: ZoneInfo) -> bool:
    """False for a week or month that the window cuts off at its beginning or end."""
    following = day_of(bucket.end, zone)
    match size:
        case "week":
            return bucket.day.weekday() == following.weekday() == 0
        case "month":
            return bucket.day.day == following.day == 1
    return True


def _is_midnight(edge: datetime, zone: ZoneInfo) -> bool:
    """Whether a day begins at that instant."""
    local = edge.astimezone(zone)
    at_twelve = local.time() == time.min and not local.fold  # what else begins a day is rare, and found out slowly
    return at_twelve or midnight(local.date(), zone) == edge


def aligned(edges: Iterable[datetime], zone: ZoneInfo, size: Literal["hour", "day"]) -> bool:
    """Whether every one of `edges` is a full hour, or a midnight, of `zone`'s clock."""
    return _aligned(tuple(edges), zone, size)


@lru_cache(maxsize=32)  # of the same days that `buckets` keeps
def _aligned(edges: tuple[datetime, ...], zone: ZoneInfo, size: Literal["hour", "day"]) -> bool:
    if size == "hour":
        return all(hour_start(edge, zone) == edge for edge in edges)
    return all(_is_midnight(edge, zone) for edge in edges)
