"""A clock that is set back an hour: events and sums stay right, and no limit of time holds for ever.

`make faults` runs it; libfaketime gives PostgreSQL another clock, `make faketime` brings it from Debian.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from tests import test_faults
from tests.servers import ROOT, gunicorn, manage
from tests.test_faults import SECRETS, Sender, _postgres, batch, expected, totals
from tests.test_faults_database import embedded, url
from tests.test_faults_load import Site, prepared

FAKETIME = next(iter(sorted((ROOT / ".venv/faketime").glob("usr/lib/*/faketime/libfaketimeMT.so.1"))), None)


@contextmanager
def other_clock(directory: Path) -> Iterator[Path]:
    """PostgreSQL on a clock of its own: by how much it is off stands in a file. Python cannot sleep on such a one."""
    files, socket = directory / "postgres", url(directory).partition("host=")[2]
    program = Path(_postgres(directory)[0].exe()).parent / "pg_ctl"
    embedded(directory, "stop")
    clock = files / "clock"
    clock.write_text("+0s")
    clock.chmod(0o644)
    fake = {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1"}
    fake |= {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
    options = f"-h '' -k {socket} -c unix_socket_permissions=0700"
    command = [program, "-D", files, "-w", "-l", files / "log", "-o", options, "start"]
    owner = {"user": files.stat().st_uid} if os.geteuid() == 0 else {}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ | fake, **owner)
    yield clock
    embedded(directory, "stop")


@pytest.mark.skipif(FAKETIME is None, reason="no libfaketime; `make faketime` brings it from Debian")
def test_a_clock_that_is_set_back_an_hour_loses_nothing_and_locks_nobody_out(tmp_path, record_property):
    """That of PostgreSQL goes on running; the server's stands, an hour apart before and after a restart."""
    newest, limit = datetime.now(UTC).replace(microsecond=0), 12
    hour, found = timedelta(hours=1), []

    @contextmanager
    def served(now: datetime) -> Iterator[Callable[[int], tuple[int, dict]]]:
        more = {"RATE_LIMIT": str(limit), "DEBUG": "1", "ORGDASH_NOW": now.isoformat()}
        with gunicorn(tmp_path, "--threads", "4", DATABASE_URL=url(tmp_path), **more) as port:
            one = Site(tmp_path, port)
            yield lambda number: one.post("/usage/events", batch("first", number, newest), SECRETS["key_chat"])
            found.append(totals(one, "org_chat", newest))

    prepared(tmp_path)
    with other_clock(tmp_path) as clock:
        with served(newest) as send:
            before = [send(number) for number in range(limit)]
            closed = send(limit)
        clock.write_text("-3600s")
        with psycopg.connect(url(tmp_path)) as control:
            behind = datetime.now(UTC) - control.execute("SELECT clock_timestamp()").fetchone()[0]
        with served(newest - hour) as send:
            after = [send(number) for number in range(limit - 2, 2 * limit - 2)]
        manage(tmp_path, "reconcile")
    assert hour * 0.9 < behind < hour * 1.1
    assert ([status for status, _ in before], closed[0]) == ([200] * limit, 429)
    assert [status for status, _ in after] == [200] * limit, after
    assert [answer["repeated"] for _, answer in after] == [test_faults.BATCH] * 2 + [0] * (limit - 2)
    wanted = expected("key_chat", [Sender("key_chat", "first", batches=2 * limit - 2)], newest)
    assert {name: found[-1][name] for name in wanted} == wanted
    record_property(
        "said", f"a clock set back an hour: {wanted['requestCount']} events, each counted once, nobody waits"
    )
