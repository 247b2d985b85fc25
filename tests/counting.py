"""How much work a function does, told without a clock: the calls it makes, which are the same on every machine."""

import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType


def calls(work: Callable[[], object]) -> Counter[str]:
    """Every call made while `work` runs, Python's and C's, by module and name: `re.Pattern.sub`, `json.loads`."""
    made: Counter[str] = Counter()

    def note(frame: FrameType, event: str, called: object) -> None:
        if event == "call":
            made[f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}"] += 1
        elif event == "c_call":
            made[f"{getattr(called, '__module__', None) or 're'}.{getattr(called, '__qualname__', called)}"] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return made
