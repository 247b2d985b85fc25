"""How finely the chart cuts its window: what fits, and where one of its buckets leads. Pure."""

from analytics.dashboard import dates
from analytics.reporting.parameter_notes import COMPARISONS, DATE_PARAMETERS
from analytics.reporting.query import Query
from analytics.windows import BUCKET_SIZES, MAX_HOUR_DAYS, Bucket, BucketSize, Window

MIN_DAYS: dict[BucketSize, int] = {"hour": 1, "day": 2, "week": 8, "month": 32}  # fewer would be one bucket, or two


def sizes(query: Query) -> tuple[BucketSize, ...]:
    """What the window can be cut into with more than one bucket, the finest first, and what it is cut into now."""
    return tuple(size for size in BUCKET_SIZES if size == query.bucket or _fits(query.window, size))


def _fits(window: Window, size: BucketSize) -> bool:
    if window.preset == "24h":
        return size == "hour"
    return window.days >= MIN_DAYS[size] and (size != "hour" or window.days <= MAX_HOUR_DAYS)


def finer(size: BucketSize) -> BucketSize | None:
    """The next finer size; None for hours."""
    place = BUCKET_SIZES.index(size)
    return BUCKET_SIZES[place - 1] if place else None


def opened(bucket: Bucket, query: Query, compare: str | None) -> dict[str, str | None] | None:
    """The parameters that show this bucket alone, one step finer, None to remove one; for an hour there are none.

    A comparison that names a day of its own belongs to the window that was left.
    """
    size = finer(query.bucket)
    if size is None:
        return None
    last = dates.bucket_last_day(bucket, query.window.zone)
    changed: dict[str, str | None] = dict.fromkeys(field for field in DATE_PARAMETERS if field != "timezone")
    changed |= {"from": bucket.day.isoformat(), "to": last.isoformat(), "bucket": size}
    return changed if compare in (None, *COMPARISONS) else changed | {"compare": None}
