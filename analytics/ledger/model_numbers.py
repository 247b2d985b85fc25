"""Models as sent → the numbers of their rows, which are made where there are none."""

from collections.abc import Iterable

from django.db import connection, transaction

from accounts import quotas
from analytics.canonical import canonical
from orgdash import prepared

NAMELESS = ("", "")  # of a void event that does not say what it was; no row has its number


class TooManyModelsError(Exception):
    """These models, (provider, model) as sent, are new and more than the organization's quota has left."""

    def __init__(self, names: set[tuple[str, str]]) -> None:
        super().__init__()
        self.names = names


def model_numbers(names: set[tuple[str, str]], quota_of: int | None = None) -> dict[tuple[str, str], int]:
    """(provider, model) as sent → number of its Model row, made where there is none.

    New rows are committed by themselves, before the events: they are shared by all organizations, and a writer of one
    would otherwise wait for a writer of another. With `quota_of` they count for this organization, and
    TooManyModelsError names those that are too many; the others are made then.
    """
    if not names:
        return {}
    known = _known_models(names)
    missing = names - known.keys()
    if not missing:
        return known
    with transaction.atomic():
        if quota_of is None:
            _make(missing)
        else:
            left = quotas.left(quotas.MODELS, quota_of)
            missing -= _known_models(missing).keys()  # who had the quota before may have made them
            quotas.take(quotas.MODELS, quota_of, _make(sorted(missing)[:left]))
    known = _known_models(names)
    if beyond := names - known.keys():
        raise TooManyModelsError(beyond)
    return known


def _make(names: Iterable[tuple[str, str]]) -> int:
    """How many were made: others may make the same at the same time."""
    rows = [(provider, name, canonical(name)) for provider, name in sorted(names)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO analytics_model (provider, name, canonical)"
            " SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]) ON CONFLICT DO NOTHING",
            [list(column) for column in zip(*rows, strict=True)] or [[], [], []],
        )
        return int(cursor.rowcount)


def canonical_models(names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(provider, model) as sent → canonical model, aliases included, of those that have a row."""
    wanted = sorted(set(names))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT provider, name, coalesce(a.canonical, m.canonical) FROM analytics_model m"
            " JOIN unnest(%s::text[], %s::text[]) AS sent(provider, name) USING (provider, name)"
            " LEFT JOIN analytics_modelalias a USING (provider, name)",
            [[provider for provider, _name in wanted], [name for _provider, name in wanted]],
        )
        return {(provider, name): model for provider, name, model in cursor.fetchall()}


def _known_models(names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    nameless = {NAMELESS: 0} if NAMELESS in names else {}
    with prepared.cursor() as cursor:
        cursor.execute(
            "SELECT provider, name, id FROM analytics_model "
            "JOIN unnest(%s::text[], %s::text[]) AS sent(provider, name) USING (provider, name)",
            [list(column) for column in zip(*names, strict=True)],
        )
        return nameless | {(provider, name): number for provider, name, number in cursor.fetchall()}
