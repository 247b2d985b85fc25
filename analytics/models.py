"""The usage tables. No logic here: `ledger` writes, `reporting.reader` reads.

Rows carry plain numbers of accounts' rows, without foreign keys: nothing that happens there can cascade into usage.
`organization_id` leads every primary key (it is the distribution column when one machine is not enough).
Units: tokens, requests; `cost` is in US dollars, exact to 12 places.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from analytics.metrics import SUMMED, TABLE_DIMENSIONS

BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)  # nothing was recorded earlier
COST_PLACES = 12
# A price of at most six decimal places times whole tokens, per million, is exact to twelve.
PRICE_PLACES, MAX_PRICE = 6, Decimal(10**6)
MAX_STEP = 10**12
PRICE: dict[str, Any] = {
    "max_digits": 13,
    "decimal_places": PRICE_PLACES,
    "validators": [MinValueValidator(Decimal(0)), MaxValueValidator(MAX_PRICE)],
}

# The columns that are summed, in every rollup table.
SUMS = tuple(summed.column for summed in SUMMED)

# What a usage row's `key` is a number of, spelled as the first migration spells it.
DIMENSION_CHOICES = [(dimension.number, dimension.label.title()) for dimension in TABLE_DIMENSIONS]


class CostSource(models.IntegerChoices):
    """Who says what a request cost. Where there is no cost, there is no source either: that is `SENT` too."""

    SENT = 0
    BOOK = 1
    CATALOGUE = 2


class Model(models.Model):
    """Provider and model name as sent (trimmed) → canonical model by the rule. Shared by all organizations."""

    provider = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    canonical = models.CharField(max_length=400)  # lower-casing can lengthen: "İ" becomes two characters

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="analytics_model_as_sent")]

    def __str__(self) -> str:
        return f"{self.provider} · {self.name}"


class ModelAlias(models.Model):
    """Overrides the rule for one provider and model. Joined when reading, so it counts at once and for the past."""

    provider = models.CharField(max_length=200)
    name = models.CharField("model as sent", max_length=200)
    canonical = models.CharField("canonical model", max_length=200)

    class Meta:
        verbose_name_plural = "model aliases"
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="analytics_alias_once")]

    def __str__(self) -> str:
        return f"{self.provider} · {self.name} → {self.canonical}"


class Price(models.Model):
    """What requests of a model cost from a day (UTC) on, of one tier, with more than so many input tokens.

    Of cached and written input an empty price is that of input; for an hour, that of written input.
    """

    provider = models.CharField(max_length=200, help_text="Under any of its names, in lower case: openai, bedrock.")
    model = models.CharField(
        max_length=400,
        help_text="The canonical model (gpt-5.5), or a snapshot or region that has a price of its own.",
    )
    valid_from = models.DateField()
    tier = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="Empty is standard; batch, flex, priority, …"
    )
    above_input_tokens = models.BigIntegerField(
        blank=True,
        default=0,
        db_default=0,
        validators=[MinValueValidator(0), MaxValueValidator(MAX_STEP)],
        help_text="For requests with more input tokens than this.",
    )
    input_usd_per_1m = models.DecimalField("input, US dollars per 1M tokens", **PRICE)
    cached_input_usd_per_1m = models.DecimalField("cached input", null=True, blank=True, **PRICE)
    cache_write_usd_per_1m = models.DecimalField("written to a cache", null=True, blank=True, **PRICE)
    cache_write_1h_usd_per_1m = models.DecimalField("written to a cache for an hour", null=True, blank=True, **PRICE)
    output_usd_per_1m = models.DecimalField("output", **PRICE)

    class Meta:
        # The model first: that is what prices are looked for by.
        constraints = [
            models.UniqueConstraint(
                fields=["model", "provider", "valid_from", "tier", "above_input_tokens"],
                name="analytics_price_of_a_kind_once",
            )
        ]

    def __str__(self) -> str:
        kind = f" ({self.tier})" if self.tier else ""
        step = f" above {self.above_input_tokens:,}" if self.above_input_tokens else ""
        return f"{self.provider} · {self.model}{kind}{step} from {self.valid_from}"


class Request(models.Model):
    """The request log: one row per event. Partitioned by month of `occurred_at` (UTC), see the first migration."""

    pk = models.CompositePrimaryKey("organization_id", "occurred_at", "event_id")
    organization_id = models.BigIntegerField()
    occurred_at = models.DateTimeField()
    event_id = models.CharField(max_length=200)
    project_id = models.BigIntegerField()
    api_key_id = models.BigIntegerField()
    member_id = models.BigIntegerField()
    model_id = models.BigIntegerField()
    is_error = models.BooleanField()
    input_tokens = models.BigIntegerField()
    output_tokens = models.BigIntegerField()
    cached_input_tokens = models.BigIntegerField()
    cost = models.DecimalField(max_digits=30, decimal_places=COST_PLACES, null=True)
    cache_write_tokens = models.BigIntegerField(db_default=0)
    cache_write_1h_tokens = models.BigIntegerField(db_default=0)
    reasoning_tokens = models.BigIntegerField(db_default=0)
    audio_input_tokens = models.BigIntegerField(db_default=0)
    audio_output_tokens = models.BigIntegerField(db_default=0)
    service_tier = models.CharField(max_length=200, db_default="standard")
    cost_source = models.SmallIntegerField(choices=CostSource.choices, db_default=CostSource.SENT)
    response_id = models.CharField(max_length=200, db_default="")
    ended_at = models.DateTimeField(null=True)
    revision = models.IntegerField(db_default=0)
    is_void = models.BooleanField(db_default=False)
    charges = models.BooleanField(db_default=False)  # sent by the gateway that charges
    overcounts = models.BooleanField(db_default=False)  # its output may have a stream's first event twice
    is_sum = models.BooleanField(db_default=False)  # of nobody knows how many requests
    # False of a void event, and of one that tells of a call which another row counts.
    is_counted = models.BooleanField(db_default=True)
    # Of a row that counts a call of several events: what its own event says. Of their other rows: which row counts.
    told = models.JSONField(null=True)

    def __str__(self) -> str:
        return self.event_id


class Call(models.Model):
    """By what an event is known as one of several that tell of the same call. Kept for a week after it was recorded."""

    pk = models.CompositePrimaryKey("organization_id", "occurred_at", "event_id")
    organization_id = models.BigIntegerField()
    occurred_at = models.DateTimeField()
    event_id = models.CharField(max_length=200)
    ended_at = models.DateTimeField()
    answer = models.CharField(max_length=200)  # the provider's id of the answer; empty where nobody said it, as below
    span = models.CharField(max_length=100)
    parent = models.CharField(max_length=100)
    alike = models.CharField(max_length=300)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            # For `entries.forget` alone: whole, it is taken for as good as the key before there are statistics.
            models.Index(
                fields=["organization_id", "recorded_at"],
                condition=models.Q(recorded_at__gte=BEFORE_ALL),
                name="analytics_call_forgotten",
            ),
            *(
                models.Index(
                    fields=["organization_id", name], condition=~models.Q(**{name: ""}), name=f"analytics_call_{name}"
                )
                for name in ("span", "parent")
            ),
            *(
                models.Index(
                    fields=["organization_id", name, "ended_at"],
                    condition=~models.Q(**{name: ""}),
                    name=f"analytics_call_{name}_end",
                )
                for name in ("answer", "alike")
            ),
        ]

    def __str__(self) -> str:
        return self.event_id


class Delivery(models.Model):
    """A request that brought usage in the last day, and what became of it; nothing of what it said.

    Kept for owners and admins to look at. Unlogged: after a crash of the database it is empty, and usage is all there.
    """

    pk = models.CompositePrimaryKey("organization_id", "answered_at", "request_id")
    organization_id = models.BigIntegerField()
    answered_at = models.DateTimeField()
    request_id = models.CharField(max_length=64)
    endpoint = models.CharField(max_length=40)
    # Signed in with one of these.
    api_key_id = models.BigIntegerField(null=True)
    access_token_id = models.BigIntegerField(null=True)
    error_status = models.SmallIntegerField(null=True)  # of an error for the whole request
    recorded = models.IntegerField()
    updated = models.IntegerField()
    merged = models.IntegerField()
    repeated = models.IntegerField()
    outdated = models.IntegerField()
    ignored = models.IntegerField()
    conflicting = models.IntegerField()
    mended = models.IntegerField()
    refused = models.IntegerField()
    # The most frequent of what was refused, conflicting or mended: [{"what", "field", "reason", "count"}].
    named = models.JSONField()

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["organization_id", "endpoint", "api_key_id", "access_token_id", "answered_at", "request_id"],
                name="analytics_delivery_sender",
            )
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} at {self.answered_at:%Y-%m-%d %H:%M:%S}"


class Freshness(models.Model):
    """The newest and the first event's instants per organization, known without reading the log.

    `first_at` is of what counts. None: nothing does, or the log was pruned before this was kept.
    """

    organization_id = models.BigIntegerField(primary_key=True)
    newest_at = models.DateTimeField()
    first_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.organization_id} through {self.newest_at:%Y-%m-%d %H:%M:%S}"


class Horizon(models.Model):
    """Before which instant an organization's requests are gone from the log. Their sums stay."""

    organization_id = models.BigIntegerField(primary_key=True)
    pruned_before = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.organization_id} pruned before {self.pruned_before:%Y-%m-%d %H:%M:%S}"


class Sums(models.Model):
    """What every rollup row holds."""

    request_count = models.BigIntegerField()
    error_count = models.BigIntegerField()
    unpriced_count = models.BigIntegerField()
    input_tokens = models.BigIntegerField()
    output_tokens = models.BigIntegerField()
    cached_input_tokens = models.BigIntegerField()
    cache_write_tokens = models.BigIntegerField(db_default=0)
    reasoning_tokens = models.BigIntegerField(db_default=0)
    cost = models.DecimalField(max_digits=30, decimal_places=COST_PLACES)
    estimated_cost = models.DecimalField(max_digits=30, decimal_places=COST_PLACES, db_default=0)

    class Meta:
        abstract = True


def _window_index(bucket: str, name: str) -> models.Index:
    """One window's groups, sums included, so that reading a window never visits the table."""
    return models.Index(fields=["organization_id", "dimension", bucket, "key"], include=SUMS, name=name)


class HourlyUsage(Sums):
    """One row per dimension, member of it and hour of the reporting zone's clock (`hour` is its first instant)."""

    pk = models.CompositePrimaryKey("organization_id", "dimension", "key", "hour")
    organization_id = models.BigIntegerField()
    dimension = models.SmallIntegerField(choices=DIMENSION_CHOICES)
    key = models.BigIntegerField()
    hour = models.DateTimeField()

    class Meta:
        indexes = [_window_index("hour", "analytics_hourly_sums")]

    def __str__(self) -> str:
        return f"{self.pk}"


class DailyUsage(Sums):
    """… and calendar day in the reporting zone.

    Its primary key's index holds the sums, too (a migration): a group's days lie all over the table.
    """

    pk = models.CompositePrimaryKey("organization_id", "dimension", "key", "day")
    organization_id = models.BigIntegerField()
    dimension = models.SmallIntegerField(choices=DIMENSION_CHOICES)
    key = models.BigIntegerField()
    day = models.DateField()

    class Meta:
        indexes = [_window_index("day", "analytics_daily_sums")]

    def __str__(self) -> str:
        return f"{self.pk}"


class MonthlyUsage(Sums):
    """… and calendar month in the reporting zone (`month` is its first day)."""

    pk = models.CompositePrimaryKey("organization_id", "dimension", "key", "month")
    organization_id = models.BigIntegerField()
    dimension = models.SmallIntegerField(choices=DIMENSION_CHOICES)
    key = models.BigIntegerField()
    month = models.DateField()

    class Meta:
        indexes = [_window_index("month", "analytics_monthly_sums")]

    def __str__(self) -> str:
        return f"{self.pk}"


class HourlyDetail(Sums):
    """One row per project × API key × model × hour, for filtered questions."""

    pk = models.CompositePrimaryKey("organization_id", "hour", "api_key_id", "model_id")
    organization_id = models.BigIntegerField()
    hour = models.DateTimeField()
    api_key_id = models.BigIntegerField()
    model_id = models.BigIntegerField()
    project_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["organization_id", "project_id", "hour"], name="analytics_hourly_project")]

    def __str__(self) -> str:
        return f"{self.pk}"


class DailyDetail(Sums):
    """One row per project × API key × model × calendar day in the reporting zone."""

    pk = models.CompositePrimaryKey("organization_id", "day", "api_key_id", "model_id")
    organization_id = models.BigIntegerField()
    day = models.DateField()
    api_key_id = models.BigIntegerField()
    model_id = models.BigIntegerField()
    project_id = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["organization_id", "project_id", "day"], name="analytics_daily_project"),
            # A model's rows lie all over the table.
            models.Index(
                fields=["organization_id", "model_id", "day"],
                include=("project_id", "api_key_id", *SUMS),
                name="analytics_daily_model",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
