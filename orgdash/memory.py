"""How much memory a worker may take, and when a long command looks for garbage."""

import gc
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def limit(megabytes: int) -> None:
    """Of this process and of what it starts, from now on; 0 is no limit. Past it Python raises MemoryError, and the
    request is answered 503.

    Its own data alone counts, not the code, the files and the shared memory that it maps.
    """
    if megabytes:
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = megabytes * 1_000_000
        if most != resource.RLIM_INFINITY:
            wanted = min(wanted, most)
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, most))


@contextmanager
def garbage_by_hand() -> Iterator[Callable[[], object]]:
    """Inside, rings of objects are looked for only when what it gives is called: between two batches, when few live.

    By itself Python looks again and again while a batch grows, at everything that ever was imported too.
    """
    was_on = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield gc.collect
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()
