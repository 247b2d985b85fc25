"""`python -m orgdash.embedded start|stop`: what `make run` and `make stop` call."""

import sys

from orgdash import embedded
from orgdash.embedded.errors import StartError


def main() -> None:
    match sys.argv[1:]:
        case ["start"]:
            try:
                embedded.start()
            except StartError as error:
                sys.exit(f"orgdash does not start: {error}")
            print(f"PostgreSQL runs; its data is in {embedded.data_directory()}", file=sys.stderr)  # noqa: T201
        case ["stop"]:
            word = "stopped" if embedded.stop() else "was not running"
            print(f"PostgreSQL of {embedded.data_directory()}: {word}", file=sys.stderr)  # noqa: T201
        case _:
            sys.exit("usage: python -m orgdash.embedded start|stop")


if __name__ == "__main__":
    main()
