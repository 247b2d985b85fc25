"""What is answered to a sender of usage: what became of each of its events. What is counted here is committed."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.http import HttpResponse, JsonResponse

COUNTED = ("recorded", "updated", "merged", "repeated", "outdated", "ignored")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One event that is not recorded. `index` counts from 0 in what was sent; the id is None where it has none."""

    index: int
    id: str | None
    field: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Named:
    """An event of which fields are to be told of."""

    index: int
    id: str | None
    fields: tuple[str, ...]


@dataclass(slots=True)
class Receipt:
    """How many events were what, and of those that are more than a number, which.

    `recorded` are new, `updated` replaced or completed, `merged` new and of a call that was known, `repeated` known as
    they are, `outdated` older than what is known, `ignored` of no model call. `conflicting` say other things than what
    is known, which stays; a merged event is among them where its cost is not the one that counts. `mended` are recorded
    without what could not be used.
    """

    recorded: int = 0
    updated: int = 0
    merged: int = 0
    repeated: int = 0
    outdated: int = 0
    ignored: int = 0
    conflicting: list[Named] = field(default_factory=list)
    mended: list[Named] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    newest: datetime | None = None  # the instant of the newest event that was not refused; not told

    @property
    def kept(self) -> bool:
        """Whether anything that was sent was not refused."""
        return any(getattr(self, name) for name in COUNTED) or bool(self.conflicting)

    @property
    def header(self) -> str:
        """For senders whose protocol has no place for it: `recorded=2, updated=0, …`."""
        return ", ".join(f"{name}={count}" for name, count in self.counts.items())

    @property
    def counts(self) -> dict[str, int]:
        counts = {name: getattr(self, name) for name in COUNTED}
        return counts | {name: len(getattr(self, name)) for name in ("conflicting", "mended", "refused")}


def answer(receipt: Receipt) -> HttpResponse:
    """200, or 422 where everything was refused."""
    told = {name: value for name, value in asdict(receipt).items() if name != "newest"}
    return JsonResponse(told, status=422 if receipt.refused and not receipt.kept else 200)


def said(receipt: Receipt, otherwise: str) -> list[str]:
    """Sentences for the log. Values stay out of it: nobody knows what a sender put there."""
    refused = ", ".join(sorted({refusal.field or otherwise for refusal in receipt.refused}))
    sentences = [f"{len(receipt.refused)} refused: {refused}"] if receipt.refused else []
    for words, named in (("contradict what is known", receipt.conflicting), ("recorded without", receipt.mended)):
        if named:
            sentences.append(f"{len(named)} {words}: {_fields(named)}")
    return sentences


def _fields(named: Iterable[Named]) -> str:
    return ", ".join(sorted({name for event in named for name in event.fields}))
