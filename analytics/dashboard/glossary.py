"""What each number of the pages means, for the help page: one text per metric, dimension and column. Pure."""

from dataclasses import dataclass

from analytics.metrics import DIMENSIONS, EVERY_METRIC
from orgdash.version import CATALOGUE, catalogue_version


@dataclass(frozen=True, slots=True)
class GlossaryEntry:
    """One thing on the page, as it is called there, and what it is."""

    term: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    title: str
    entries: tuple[GlossaryEntry, ...]


_METRICS = {
    "cost": "US dollars: the sum of the costs as they were sent, else as price lists say, exact to 12 decimal places,"
    " rounded once for display. A request that is not priced adds nothing, and is counted.",
    "requests": "LLM calls, successful or not. The same id and time in one organization is one request, however often"
    " it is sent.",
    "costPerMillion": "Cost divided by tokens, times a million. Without tokens it is not available, which is not zero.",
    "costPerRequest": "Cost divided by requests.",
    "cacheShare": "The part of the input tokens that was read from a cache, in percent.",
    "errorRate": "Requests with status error, in percent of all requests. Groups are ranked by what the rate is at"
    " least (the lower end of Wilson’s interval of 95%, corrected for continuity), so that few requests do not stand"
    " above many.",
    "tokens": "Input and output together. Cached input tokens are part of the input and are never added again.",
}
_DIMENSIONS = {
    "model": "A model by its canonical name: prefixes and suffixes of the provider are dropped and aliases applied,"
    " however the request named it. The names it was sent under stand in its tooltip. An alias counts at once, for the"
    " past too.",
    "project": "A project, archived ones included.",
    "apiKey": "An API key by its description and the last four characters of its secret. Revoked keys stay, with"
    " a badge: what they cost was spent.",
    "user": "Whoever created the API key that made the request. People who left stay, as removed members.",
}
_COLUMNS = (
    GlossaryEntry(
        "Share",
        "The group's part of the total of the metric shown, in percent. A part below 0.1% that is not zero"
        " is written <0.1%.",
    ),
    GlossaryEntry("Input tokens", "What was sent to models, cached tokens included."),
    GlossaryEntry("Output tokens", "What models answered."),
    GlossaryEntry("Cached tokens", "The part of the input tokens that was read from a cache."),
    GlossaryEntry("Cache write tokens", "The part of the input tokens that was written to a cache, to be read later."),
    GlossaryEntry(
        "Reasoning tokens", "The part of the output tokens that the model thought with; it is paid like an answer."
    ),
    GlossaryEntry(
        "Estimated",
        "The part of the cost that no sender stated: it comes from a price list. ≈ stands before every cost that has"
        " such a part.",
    ),
    GlossaryEntry("Cost per request", "Cost divided by requests."),
    GlossaryEntry(
        "Cost per 1M tokens",
        "Cost divided by tokens, times a million. Without tokens it is not available, which is not zero.",
    ),
    GlossaryEntry(
        "Error rate",
        "Requests with status error, in percent of all requests. Failed requests count in every other number as well.",
    ),
    GlossaryEntry(
        "Change",
        "Against the window compared with, in percent of what it was then. New means that there was nothing"
        " before; a dash that there is nothing in either. More than 999% is written >999%.",
    ),
    GlossaryEntry(
        "Last used",
        "Of an API key: when its secret or its usage was seen last, whatever the dates. Where only usage tells it,"
        " to the hour. Sorted upwards, keys that were never used come first.",
    ),
    GlossaryEntry("Created by", "Who made the API key; what it is used for counts as theirs by member."),
    GlossaryEntry("Total", "Every group of the window, on all pages of the table."),
)
_KEYS = (
    GlossaryEntry(
        "Without usage",
        "By API key the table has the keys that nobody used in these dates, too, with zeros. No total, ranking or chart"
        " counts them. With a filter on models they are not there.",
    ),
    GlossaryEntry("Unused 30 days", "It is not revoked, and was neither used nor made in the last 30 days."),
    GlossaryEntry("New", "First used in the dates shown, or made in them and not used yet."),
    GlossaryEntry("Revoked", "What it sends is refused. What it recorded stays in every number."),
    GlossaryEntry(
        "Errors up",
        "The error rate rose against the dates compared with by more than chance explains (Newcombe’s interval of 95%);"
        " of few requests many must fail.",
    ),
)
_PRICES = (
    GlossaryEntry("1. The sender", "Who sent the request said what it cost. That counts, whatever a price list says."),
    GlossaryEntry(
        "2. The price book",
        "Else the prices that this site’s staff keep, such as negotiated ones, as they were on the request’s day.",
    ),
    GlossaryEntry(
        "3. The catalogue",
        f"Else public list prices, as they were at the request’s own time: by provider, model, tier and kind of token."
        f" They come with the product ({CATALOGUE} {catalogue_version()}) and are never fetched.",
    ),
    GlossaryEntry(
        "4. Nobody",
        "Else the request is not priced, which is not zero. What runs on your own machines has no list price.",
    ),
    GlossaryEntry("Estimated or stated", "2 and 3 are estimates: what you pay may differ. Nothing else is estimated."),
)
_SIGNS = (
    GlossaryEntry(
        "Other",
        "All groups that a chart does not draw by name, as one, with their number. The table lists each of"
        " them; only their color is the same grey.",
    ),
    GlossaryEntry(
        "Not priced",
        "A request that was sent without a cost, of a model whose price is not known. It counts as a request with its"
        " tokens; while there are such requests, the cost is a lower bound, and their models are named below the table."
        " Where none is priced, Not priced stands in its place, never $0.00.",
    ),
    GlossaryEntry(
        "What changed",
        "The change of the metric shown, split into the groups that made it, largest first. New and vanished groups are"
        " named, and the parts sum exactly to the change on the card.",
    ),
    GlossaryEntry(
        "More tokens, mix, rate",
        "Why the cost changed: more or fewer tokens at the old average; more or less of dearer models, new and vanished"
        " ones too; and what a token of the same model costs more or less, say by more cache. They sum exactly to the"
        " change. Row by row they are those of the row's own models. Requests that are not priced have no part in it.",
    ),
    GlossaryEntry(
        "Partial",
        "The hour, day, week or month that is not over yet. Its numbers are complete so far, and nothing is"
        " extrapolated.",
    ),
    GlossaryEntry(
        "Updated",
        "How long ago the newest event of the organization happened. Above 15 minutes new events are"
        " delayed. Numbers of today are refreshed every minute while you look at them.",
    ),
    GlossaryEntry(
        "Revoked and archived", "API keys and projects that are no longer used. Their usage stays in every number."
    ),
)
_WINDOWS = (
    GlossaryEntry(
        "Days",
        "A day begins at local midnight in the organization's reporting time zone, and has 23, 24 or 25 hours"
        " when clocks change. Hours, days and months are exact there.",
    ),
    GlossaryEntry(
        "Another time zone",
        "Days are cut from the hours of the reporting zone's clock. Where the zones differ by a"
        " part of an hour, an hour belongs to the day in which it begins, and the page says so.",
    ),
    GlossaryEntry(
        "Previous period",
        "Of this or the last month, quarter or year the one before, of any other window as many days right before.",
    ),
    GlossaryEntry(
        "Same weekdays",
        "As many days, moved back by whole weeks, so that weekends stand beside weekends. So are windows of 8 to 92"
        " days compared that are no calendar period, if you do not choose.",
    ),
    GlossaryEntry("A year earlier", "The same dates a year earlier; February 29 becomes February 28."),
    GlossaryEntry(
        "Through the last full hour",
        "When now is in the window, both windows are compared through the last full hour, so that like is compared with"
        " like. Totals stay what they are.",
    ),
    GlossaryEntry(
        "Recorded since",
        "Before its first usage nothing of an organization was recorded, which is not zero. Where the compared window"
        " begins before that, no change is shown.",
    ),
)


def meaning(label: str) -> str:
    """What a head of the table or a chip over it says, in the words of the help page; whatever it is compared with."""
    term = label.lower().partition(" vs ")[0]
    return _MEANINGS[term]


def sections() -> tuple[Section, ...]:
    """In the order of the page; metrics and dimensions in the order of the registry."""
    metrics = tuple(GlossaryEntry(metric.label, _METRICS[metric.key]) for metric in EVERY_METRIC.values())
    dimensions = tuple(GlossaryEntry(dimension.label, _DIMENSIONS[dimension.key]) for dimension in DIMENSIONS.values())
    return (
        Section("metrics", "Metrics", metrics),
        Section("groups", "Groups", dimensions),
        Section("columns", "Columns of the table", _COLUMNS),
        Section("keys", "API keys", _KEYS),
        Section("prices", "Where a price comes from", _PRICES),
        Section("signs", "Words and signs", _SIGNS),
        Section("dates", "Dates and comparison", _WINDOWS),
    )


_MEANINGS = {entry.term.lower(): entry.text for section in sections()[:4] for entry in section.entries}
