"""Days, instants and windows as people read them. Pure; `now` is always an argument."""

from calendar import day_abbr, month_abbr
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.dashboard.formatting import MINUS
from analytics.reporting.keys import LastUse
from analytics.windows import PRESETS, Bucket, BucketSize, Window, day_of

# As `strftime` writes them, which takes four times as long each time.
_MONTHS, _WEEKDAYS = tuple(month_abbr), tuple(day_abbr)


def day(value: date) -> str:
    return f"{_MONTHS[value.month]} {value.day}, {value.year}"


def day_in(instant: datetime, zone: ZoneInfo) -> str:
    """The day of an instant."""
    return day(day_of(instant, zone))


def days(first: date, last: date) -> str:
    """
    >>> days(date(2026, 10, 24), date(2026, 11, 22)), days(date(2025, 12, 20), date(2026, 1, 18))
    ('Oct 24 – Nov 22, 2026', 'Dec 20, 2025 – Jan 18, 2026')
    >>> days(date(2026, 11, 2), date(2026, 11, 8)), days(date(2026, 11, 22), date(2026, 11, 22))
    ('Nov 2 – 8, 2026', 'Nov 22, 2026')
    """
    if first == last:
        return day(first)
    if first.year != last.year:
        return f"{day(first)} – {day(last)}"
    if first.month != last.month:
        return f"{_MONTHS[first.month]} {first.day} – {day(last)}"
    return f"{_MONTHS[first.month]} {first.day} – {last.day}, {last.year}"


def clock(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%H:%M}"


def moment(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return f"{_MONTHS[local.month]} {local.day}, {local:%H:%M}"


def window(value: Window, now: datetime) -> str:
    """The window's days; the last 24 hours by the clock, through now."""
    if value.preset == "24h":
        return f"{moment(value.start, value.zone)} – {moment(min(now, value.end), value.zone)}"
    return days(value.first_day, value.last_day)


def short_days(value: Window, year: int) -> str:
    """The window's days beside those of `year`, which is not written.

    >>> from analytics.windows import day_window
    >>> before = day_window(date(2026, 10, 1), date(2026, 10, 26), ZoneInfo("UTC"))
    >>> short_days(before, 2026), short_days(before, 2027)
    ('Oct 1 – 26', 'Oct 1 – 26, 2026')
    """
    text = days(value.first_day, value.last_day)
    return text.removesuffix(f", {year}") if value.first_day.year == value.last_day.year else text


def in_words(value: Window) -> str:
    """The window inside a sentence: "No usage …".

    >>> from analytics.windows import day_window
    >>> in_words(day_window(date(2026, 10, 24), date(2026, 11, 22), ZoneInfo("UTC")))
    'from Oct 24 to Nov 22, 2026'
    """
    if value.preset == "24h":
        return "in the last 24 hours"
    if value.days == 1:
        return f"on {day(value.first_day)}"
    first = f"{_MONTHS[value.first_day.month]} {value.first_day.day}"
    year = f", {value.first_day.year}" if value.first_day.year != value.last_day.year else ""
    return f"from {first}{year} to {day(value.last_day)}"


def window_name(value: Window) -> str:
    return PRESETS.get(value.preset or "", "Custom")


def length(value: Window) -> str:
    """
    >>> from analytics.windows import day_window
    >>> length(day_window(date(2026, 11, 1), date(2026, 11, 30), ZoneInfo("UTC")))
    '30 days'
    """
    if value.preset == "24h":
        return "24 hours"
    return "day" if value.days == 1 else f"{value.days} days"


def zone(value: ZoneInfo) -> str:
    """
    >>> zone(ZoneInfo("America/New_York")), zone(ZoneInfo("UTC"))
    ('New York', 'UTC')
    """
    return value.key.rsplit("/", 1)[-1].replace("_", " ")


def ago(instant: datetime, now: datetime) -> str:
    """
    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    >>> [ago(noon - timedelta(minutes=minutes), noon) for minutes in (0, 2, 180, 4000)]
    ['just now', '2 min ago', '3 h ago', '2 days ago']
    """
    minutes = int((now - instant) / timedelta(minutes=1))
    return f"{_span(minutes)} ago" if minutes >= 1 else "just now"


def last_use(use: LastUse, now: datetime, zone: ZoneInfo) -> str:
    """
    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 22, 14, 20, tzinfo=UTC)
    >>> hours = [LastUse(now.replace(minute=0) - timedelta(hours=hours), by_hour=True) for hours in (0, 7, 400, 9000)]
    >>> [last_use(use, now, ZoneInfo("UTC")) for use in (*hours, LastUse(now - timedelta(minutes=3)), LastUse(None))]
    ['this hour', '7 h ago', 'Nov 5', 'Nov 12, 2025', '3 min ago', 'never']
    """
    if use.instant is None:
        return "never"
    if now - use.instant >= timedelta(hours=48):
        return day_in(use.instant, zone).removesuffix(f", {day_of(now, zone).year}")
    if not use.by_hour:
        return ago(use.instant, now)
    hours = int((now - use.instant) / timedelta(hours=1))
    return f"{hours} h ago" if hours else "this hour"


def ahead(instant: datetime, now: datetime) -> str:
    """How far an instant is in the future.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    >>> [ahead(noon + timedelta(minutes=minutes), noon) for minutes in (20, 1440)]
    ['20 min', '24 h']
    """
    return _span(int((instant - now) / timedelta(minutes=1)))


def _span(minutes: int) -> str:
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def bucket_last_day(bucket: Bucket, zone: ZoneInfo) -> date:
    return day_of(bucket.end - timedelta(microseconds=1), zone)


def bucket_tick(bucket: Bucket, size: BucketSize, zone: ZoneInfo, *, year: bool = False) -> str:
    """On the axis, with the year where a new one begins."""
    if size == "hour":
        return clock(bucket.start, zone)
    if year:
        return f"{_MONTHS[bucket.day.month]} {bucket.day.year}" if size == "month" else day(bucket.day)
    month = _MONTHS[bucket.day.month]
    return month if size == "month" else f"{month} {bucket.day.day}"


def clipped_span(bucket: Bucket, zone: ZoneInfo) -> str:
    """The days of a week or month of which the window has only a part.

    >>> from datetime import UTC
    >>> january = datetime(2026, 1, 1, tzinfo=UTC)
    >>> clipped_span(Bucket(january, january.replace(day=5), january.date()), ZoneInfo("UTC"))
    'Jan 1 – 4'
    """
    return days(bucket.day, bucket_last_day(bucket, zone)).removesuffix(f", {bucket_last_day(bucket, zone).year}")


def bucket_title(bucket: Bucket, size: BucketSize, zone: ZoneInfo) -> str:
    """In full, at the head of a tooltip."""
    if size == "hour":
        return f"{_WEEKDAYS[bucket.day.weekday()]}, {moment(bucket.start, zone)}"
    if size == "day":
        return f"{_WEEKDAYS[bucket.day.weekday()]}, {day(bucket.day)}"
    return days(bucket.day, bucket_last_day(bucket, zone))


def bucket_span(bucket: Bucket, size: BucketSize, zone: ZoneInfo, year: int) -> str:
    """A bucket named beside one of `year`: its own year is written only where it differs."""
    if size == "hour":
        return moment(bucket.start, zone)
    text = days(bucket.day, bucket_last_day(bucket, zone))
    return text.removesuffix(f", {year}")


def offset(instant: datetime, zone: ZoneInfo) -> str:
    """
    >>> offset(datetime.fromisoformat("2026-11-01T06:00Z"), ZoneInfo("America/New_York"))
    '−05:00'
    """
    text = instant.astimezone(zone).isoformat()[-6:]
    return text.replace("-", MINUS)
