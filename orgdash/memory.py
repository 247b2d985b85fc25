"""How much memory a worker may take and keeps, and when a long command looks for garbage."""

import ctypes
import gc
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LARGE = 1 << 20  # bytes
_M_MMAP_THRESHOLD = -3  # as malloc.h calls it


def give_large_blocks_back() -> None:
    """From now on a large block goes back to the system as soon as it is freed.

    By itself the C library lets whatever is as large as something freed before lie among small things, which keep its
    place when it is gone: the most that a worker ever has after bodies of 32 MB is a third less this way. Does nothing
    where the C library is not glibc.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(_M_MMAP_THRESHOLD, LARGE)


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
