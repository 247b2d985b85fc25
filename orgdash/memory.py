"""How much memory a worker may take. Past it Python raises MemoryError, and the request is answered 503."""

import resource


def limit(megabytes: int) -> None:
    """Of this process and of what it starts, from now on; 0 is no limit.

    Its own data alone counts, not the code, the files and the shared memory that it maps.
    """
    if megabytes:
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = megabytes * 1_000_000
        if most != resource.RLIM_INFINITY:
            wanted = min(wanted, most)
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, most))
