"""The names under which a model's price is looked for: as sent first, then ever shorter, the canonical one last."""

import re
from functools import lru_cache
from itertools import accumulate

from analytics.canonical import canonical

# A path longer than this is no model's name; its beginning is not looked for.
_SEGMENTS = 6
_REGION = re.compile(r"^(?:(?:us|eu|apac|global|jp|au|ca|us-gov|regional)\.|[a-z]{2}\.(?=[a-z0-9-]+\.[a-z]))")
_VENDOR = re.compile(r"^[a-z][a-z0-9-]*\.(?=[a-z][a-z0-9]*-)")
_ROUTE = re.compile(r"(?:-v[0-9]+)?:[^:]*$|@[^@]*$|-v[0-9]+$")
_DATE = re.compile(r"-(?:[0-9]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}-[0-9]{4}|[0-9]{4})(?=$|[:@-])")


@lru_cache(maxsize=4096)
def forms(model: str) -> tuple[str, ...]:
    """In lower case, each once, all of one canonical model.

    >>> forms("openrouter/openai/GPT-5.5:free")
    ('openrouter/openai/gpt-5.5:free', 'openai/gpt-5.5:free', 'gpt-5.5:free', 'gpt-5.5')
    """
    name = model.strip().lower()
    wanted = canonical(name)
    segments = name.split("/")
    paths = ["/".join(segments[-length:]) for length in range(min(len(segments) - 1, _SEGMENTS), 0, -1)]
    base = segments[-1]
    shorter = dict.fromkeys([*paths, *(() if base.startswith("ft:") else _shorter(base))])
    # Nothing shorter may be another model: `claude-v2` is not `claude-v2:1`.
    kept = [form for form in shorter if form and form not in (name, wanted) and canonical(form) == wanted]
    return tuple(dict.fromkeys([name, *kept, wanted]))


def _shorter(base: str) -> list[str]:
    """Without region and vendor in front, without what a route and a snapshot leave behind."""
    heads = accumulate((_REGION, _VENDOR), _without, initial=base)
    return [form for head in heads for form in accumulate((_ROUTE, _DATE), _without, initial=head)]


def _without(text: str, sign: re.Pattern[str]) -> str:
    return sign.sub("", text, count=1)


def book_name(model: str) -> str:
    """What a row of the price book is kept under.

    A snapshot, a region or a free route keeps its name, and the row holds for it alone. Any other name is the canonical
    model's, and the row holds for every name of it.

    >>> book_name("openai/GPT-5.5:beta"), book_name("gpt-4o-2024-05-13")
    ('gpt-5.5', 'gpt-4o-2024-05-13')
    """
    name = model.strip().lower()
    base = name if name.startswith("ft:") else name.rpartition("/")[2].strip()
    special = _REGION.match(base) or _VENDOR.match(base) or _DATE.search(base) or "@" in base or base.endswith(":free")
    return base if special and canonical(base) == canonical(name) else canonical(name)
