"""Whether a change leaves every answer as it was: what the server answers is saved before, and compared after.

    .venv/bin/python tools/compare_pages.py save /tmp/before       # before the change
    .venv/bin/python tools/compare_pages.py compare /tmp/before    # after it; exit code 1 if any answer differs

Run it in a checkout that `make setup` has prepared. It plants the demo at a fixed clock in a data directory of its own,
starts gunicorn on a free port, and asks as people of the demo do: pages, their parts as htmx asks for them, JSON, CSV,
help. Only what differs by itself is evened out: CSRF tokens, request ids, ETags, the hashes in names of static files,
the order in which the security policy is written, and in which module a view is. It imports nothing of the product and
needs the standard library alone, so one copy can look at any version.
"""

import argparse
import difflib
import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from itertools import product
from pathlib import Path
from urllib.parse import urlencode

NOW, PASSWORD = "2026-11-22T14:20:00Z", "orgdash-demo"
SENDERS = ("claude-code", "codex", "gemini-cli", "cursor", "litellm", "opentelemetry", "events", "files", "none")
NOBODY, OWNER, DEVELOPER, PRO_OWNER = "", "maya@northwind.example", "aiko@northwind.example", "sofia@lumen.example"
HOST = "localhost:8000"  # what every request calls the server, whatever its port: help pages show it
QUIET = {
    "id": "org_quiet",
    "name": "Harbor Works",
    "plan": "enterprise",
    "members": [{"email": OWNER, "name": "Maya Okafor", "role": "owner"}],
}
ORGANIZATION, LUMEN = "/organizations/org_northwind/", "/organizations/org_lumen/"
HTMX = (("HX-Request", "true"),)
KEPT_HEADERS = (
    "Allow Cache-Control Content-Disposition Content-Security-Policy Content-Type ETag HX-Redirect Last-Modified "
    "Location Retry-After Vary WWW-Authenticate X-Content-Type-Options X-Frame-Options X-Orgdash-Spans"
).split()
GROUPS, METRICS = ("model", "project", "apiKey", "user"), ("cost", "requests", "tokens")
BUCKETS = ("hour", "day", "week", "month")
RANGES = "today 24h 7d 30d 90d month last-month quarter last-quarter year last-year 12m".split()
SORTS = "name -name cost -requests tokens -share -change costPer1M -inputTokens errorRate nonsense".split()
SHOWN_ADDRESSES, SHOWN_LINES = 5, 30


@dataclass(frozen=True)
class Ask:
    """One request: who asks (an e-mail of the demo, or nobody), for what, and how."""

    who: str
    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""

    @property
    def name(self) -> str:
        """One line that tells it from all others."""
        sent = " ".join(f"[{name}: {value}]" for name, value in self.headers)
        return " ".join(filter(None, (self.method, self.path, f"as {self.who or 'nobody'}", sent, self.body)))

    @property
    def file(self) -> str:
        readable = re.sub(r"[^A-Za-z0-9]+", "-", f"{self.path}-{self.who.split('@')[0]}").strip("-")[:120]
        return f"{readable or 'home'}-{hashlib.sha256(self.name.encode()).hexdigest()[:10]}.txt"


# What is asked


def everything() -> list[Ask]:
    asks = [*pages(), *fragments(), *fields(), *exports(), *activity(), *open_pages(), *refused(), *posts()]
    return list(dict.fromkeys(asks))


def link(path: str, **parameters: object) -> str:
    given = {name.rstrip("_"): value for name, value in parameters.items() if value not in ("", None)}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


def views(path: str) -> list[str]:
    """The questions of one page: every grouping and metric, presets, comparisons, filters, the table's listing."""
    grouped = [link(path, range="30d", groupBy=group, metric=metric) for group, metric in product(GROUPS, METRICS)]
    presets = [link(path, range=preset, compare=how) for preset, how in product(RANGES, ("", "year", "none"))]
    cut = [link(path, range="30d", bucket=bucket, groupBy="project") for bucket in BUCKETS]
    return [path, *grouped, *presets, *cut, *narrowed(path), *listed(path), *odd(path)]


def narrowed(path: str) -> list[str]:
    view = {"range": "30d", "groupBy": "project"}
    return [
        link(path, **view, project="proj_chatbot"),
        link(path, **view, model="claude-sonnet-4-5"),
        link(path, **view, apiKey=["key_chatbot-prod-us", "key_evals-runner"]),
        link(path, **view, member="mem_northwind_chen"),
        link(path, **view, project="proj_sandbox", model="gemini-3-pro"),  # nothing matches
        link(path, range="90d", groupBy="apiKey", project=["proj_research", "proj_search"], model="gemini-3-flash"),
        link(path, range="7d", timezone="Asia/Kathmandu"),
        link(path, from_="2026-10-20", to="2026-11-10", timezone="America/New_York", groupBy="model"),
        link(path, from_="2026-03-01", to="2026-03-31", compare="year", timezone="Australia/Lord_Howe", bucket="hour"),
    ]


def listed(path: str) -> list[str]:
    view = {"range": "30d", "groupBy": "apiKey"}
    return [
        *(link(path, **view, sort=sort) for sort in SORTS),
        *(link(path, **view, page=page) for page in ("2", "all", "99", "x")),
        *(link(path, **view, q=text) for text in ("prod", "no such name")),
    ]


def odd(path: str) -> list[str]:
    """What cannot be used is named on the page."""
    return [
        link(path, range="forever", groupBy="color", metric="joy", compare="never", bucket="minute"),
        link(path, from_="2026-11-09", to="2026-11-01"),
        link(path, from_="2026-11-09"),
        link(path, from_="2020-01-01", to="2026-11-01", timezone="Mars/Base"),
        link(path, range=["7d", "30d"], project="proj_of_nobody"),
        link(path, range="24h", bucket="week", sort="change", compare="none"),
    ]


def dashboards() -> list[tuple[str, str]]:
    return [
        (OWNER, f"{ORGANIZATION}analytics/"),
        (OWNER, f"{ORGANIZATION}projects/proj_chatbot/analytics/"),
        (DEVELOPER, f"{ORGANIZATION}usage/"),
    ]


def others() -> list[tuple[str, str]]:
    """Every other page that needs somebody signed in, and pages that some people may not see."""
    return [
        (OWNER, "/"),
        (OWNER, "/accounts/password/"),
        (OWNER, "/accounts/login/"),
        (OWNER, "/organizations/org_quiet/analytics/"),
        (OWNER, "/organizations/org_quiet/usage/"),
        (OWNER, f"{ORGANIZATION}usage/"),
        (OWNER, f"{ORGANIZATION}projects/proj_translator/analytics/?range=12m"),
        (OWNER, f"{ORGANIZATION}projects/proj_none/analytics/"),
        (OWNER, "/organizations/org_none/analytics/"),
        (OWNER, f"{LUMEN}analytics/"),
        (OWNER, f"{ORGANIZATION}incoming/"),
        (DEVELOPER, f"{ORGANIZATION}incoming/"),
        (DEVELOPER, "/"),
        (DEVELOPER, f"{ORGANIZATION}analytics/"),
        (DEVELOPER, f"{ORGANIZATION}projects/proj_search/analytics/?range=30d"),
        (DEVELOPER, "/organizations/org_tanaka/analytics/"),
        (DEVELOPER, "/organizations/org_tanaka/usage/?range=90d"),
        (PRO_OWNER, "/"),
        (PRO_OWNER, f"{LUMEN}analytics/"),
        (PRO_OWNER, f"{LUMEN}usage/?range=30d"),
        (PRO_OWNER, f"{LUMEN}projects/proj_lumen-site/analytics/?range=month&groupBy=user"),
        (PRO_OWNER, f"{ORGANIZATION}usage/"),
    ]


def pages() -> Iterator[Ask]:
    for who, path in dashboards():
        yield from (Ask(who, view) for view in views(path))
    yield from (Ask(who, path) for who, path in others())


def fragments() -> Iterator[Ask]:
    """What htmx asks for, and the whole page that Back asks for where its copy is gone."""
    for who, path in dashboards():
        asked = [path, *narrowed(path), link(path, range="30d", groupBy="project", metric="tokens"), *odd(path)]
        yield from (Ask(who, view, headers=HTMX) for view in asked)
        yield Ask(who, link(path, range="30d"), headers=(*HTMX, ("HX-History-Restore-Request", "true")))
    yield from (Ask(who, path, headers=HTMX) for who, path in others())
    yield Ask(NOBODY, f"{ORGANIZATION}analytics/", headers=HTMX)


def fields() -> Iterator[Ask]:
    """The values that a filter offers, as a page and as a part of one."""
    for (who, path), field, headers in product(dashboards(), ("project", "model", "apiKey", "member"), ((), HTMX)):
        address = f"{path}filters/{field}/"
        yield Ask(who, link(address, range="30d"), headers=headers)
        yield Ask(who, link(address, range="30d", find="pro"), headers=headers)
        yield Ask(who, link(address, project="proj_chatbot", model="claude-sonnet-4-5"), headers=headers)
    yield Ask(OWNER, f"{ORGANIZATION}analytics/filters/color/")


def exports() -> Iterator[Ask]:
    path = f"{ORGANIZATION}analytics/export.csv"
    for view in views(path):
        yield Ask(OWNER, view)
    for file in ("table", "days"):
        yield Ask(OWNER, f"{path}?range=30d&file={file}")
    yield Ask(DEVELOPER, f"{ORGANIZATION}projects/proj_chatbot/analytics/export.csv")
    yield Ask(DEVELOPER, f"{ORGANIZATION}usage/export.csv")
    yield Ask(OWNER, "/organizations/org_quiet/analytics/export.csv")
    yield Ask(PRO_OWNER, f"{LUMEN}analytics/export.csv")
    yield Ask(DEVELOPER, path)
    yield Ask(NOBODY, path)


def activity() -> Iterator[Ask]:
    """The JSON: every grouping × windows × buckets × filters × top, and what it refuses."""
    windows = (
        {"range": "24h"},
        {"range": "30d"},
        {"range": "last-quarter"},
        {"from": "2026-10-20", "to": "2026-11-10", "timezone": "America/New_York"},
    )
    filters = (
        {},
        {"project": "proj_chatbot"},
        {"model": ["claude-sonnet-4-5", "gpt-5.5"], "member": "mem_northwind_priya"},
    )
    for group, window, bucket, chosen, top in product(GROUPS, windows, ("", *BUCKETS), filters, ("", "3")):
        asked = {"groupBy": group, **window, "bucket": bucket, **chosen, "top": top}
        yield Ask(OWNER, link("/analytics/activity", organizationId="org_northwind", **asked))
    yield from (Ask(who, path) for who, path in refused_activity())


def refused_activity() -> Iterator[tuple[str, str]]:
    path = "/analytics/activity"
    for who in (NOBODY, OWNER, DEVELOPER, PRO_OWNER):
        yield from ((who, link(path, organizationId=f"org_{name}")) for name in ("northwind", "lumen", "quiet", "none"))
    yield OWNER, path
    for view in odd(path):
        yield OWNER, f"{view}&organizationId=org_northwind"
    yield from ((OWNER, link(path, organizationId="org_northwind", top=top)) for top in ("0", "101", "many"))


def open_pages() -> Iterator[Ask]:
    paths = [
        "/accounts/login/",
        "/help/organization-analytics/",
        "/help/send-usage/",
        *(f"/help/send-usage/{sender}/" for sender in SENDERS),
        "/help/api/",
        "/api/openapi.json",
        "/analytics/time-zones.json",
        "/healthz",
        "/readyz",
        "/no/such/page",
    ]
    yield from (Ask(who, path) for who, path in product((NOBODY, OWNER, DEVELOPER), paths))


def refused() -> Iterator[Ask]:
    for path in ("/", "/admin/", "/accounts/password/", *(path for _, path in dashboards())):
        yield Ask(NOBODY, path)
        yield Ask(NOBODY, path, "HEAD")
    for path in ("/analytics/activity", "/api/openapi.json", "/healthz", f"{ORGANIZATION}analytics/"):
        yield Ask(OWNER, path, "DELETE")


def posts() -> Iterator[Ask]:
    """What the senders' addresses refuse; nothing is recorded, so that the order of asking means nothing."""
    secret = ("Authorization", "Bearer sk-org-nobodys")
    for path in ("/usage/events", "/usage/litellm", "/v1/traces"):
        yield Ask(NOBODY, path)
        yield Ask(NOBODY, path, "POST", (("Content-Type", "application/json"),), "{}")
        yield Ask(NOBODY, path, "POST", (("Content-Type", "application/json"), secret), "{}")


# The server


def environment(directory: Path) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return inherited | {
        "ORGDASH_DATA_DIR": str(directory),
        "ORGDASH_NOW": NOW,
        "DEBUG": "1",
        "HTTPS": "0",
        "SECRET_KEY": "k" * 50,
        "RATE_LIMIT": "1000000",
    }


@contextmanager
def demo(root: Path) -> Iterator[int]:
    """The port of a server of the checkout at `root`, with the demo in it; gone afterwards with its data."""
    bin_directory = root / ".venv" / "bin"
    with tempfile.TemporaryDirectory(prefix="orgdash-pages-") as name:
        directory, python = Path(name), str(bin_directory / "python")

        def run(*arguments: str) -> None:
            subprocess.run([python, *arguments], cwd=root, env=environment(directory), check=True, stdout=sys.stderr)

        quiet = directory / "quiet.json"
        quiet.write_text(json.dumps({"organizations": [QUIET]}))
        try:
            run("manage.py", "migrate", "--verbosity", "0")
            run("manage.py", "seed_demo")
            run("manage.py", "load_workspace", str(quiet))
            with gunicorn(bin_directory, root, directory) as port:
                yield port
        finally:
            run("-m", "orgdash.embedded", "stop")


@contextmanager
def gunicorn(bin_directory: Path, root: Path, directory: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--bind", f"127.0.0.1:{port}", "--threads", "4", "--log-level", "warning"]
    with (directory / "server.log").open("w") as log:
        process = subprocess.Popen(
            [str(bin_directory / "gunicorn"), "orgdash.wsgi", *options],
            cwd=root,
            env=environment(directory),
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(15)


def wait_for(port: int, process: subprocess.Popen) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit("the server did not start")


# Asking


class Browser:
    """One connection, and each person's cookies as they were after signing in."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connection = HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies: dict[str, str] = {NOBODY: ""}
        for who in (OWNER, DEVELOPER, PRO_OWNER):
            self.cookies[who] = self.sign_in(who)

    def sign_in(self, who: str) -> str:
        form = self.send("GET", "/accounts/login/", {})[0]
        token = cookies_of(form)
        fields = {"username": who, "password": PASSWORD, "csrfmiddlewaretoken": token["csrftoken"]}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={token['csrftoken']}"}
        answer = self.send("POST", "/accounts/login/", headers, urlencode(fields))[0]
        if answer.status != 302:
            sys.exit(f"{who} could not sign in: {answer.status}")
        return "; ".join(f"{name}={value}" for name, value in cookies_of(answer).items())

    def send(
        self, method: str, path: str, headers: dict[str, str], body: str | None = None
    ) -> tuple[HTTPResponse, str]:
        self.connection.request(method, path, body or None, {"Host": HOST, **headers})
        response = self.connection.getresponse()
        return response, response.read().decode("utf-8", "backslashreplace")

    def ask(self, ask: Ask) -> str:
        cookie = self.cookies[ask.who]
        headers = dict(ask.headers) | ({"Cookie": cookie} if cookie else {})
        response, text = self.send(ask.method, ask.path, headers, ask.body)
        return as_compared(ask, response, text)


def cookies_of(response: HTTPResponse) -> dict[str, str]:
    pairs = [header.split(";")[0].partition("=") for header in response.headers.get_all("Set-Cookie") or ()]
    return {name: value for name, _, value in pairs}


def as_compared(ask: Ask, response: HTTPResponse, text: str) -> str:
    """The answer as text: the request, status, headers that matter, body; without what no two answers share."""
    set_cookies = [f"Set-Cookie: {name}" for name in sorted(cookies_of(response))]
    kept = [f"{name}: {header(name, response.headers[name])}" for name in KEPT_HEADERS if name in response.headers]
    text = evened(text, response.headers.get("X-Request-ID", ""))
    return "\n".join([ask.name, f"Status: {response.status}", *kept, *set_cookies, "", text])


def evened(text: str, request_id: str) -> str:
    """A body without what no two answers share."""
    text = text.replace(request_id, "REQUEST-ID") if request_id else text
    text = re.sub(r"(csrfmiddlewaretoken[^>]*value=|X-CSRFToken[^A-Za-z0-9]+)[\"']?[A-Za-z0-9]{64}", r"\1CSRF", text)
    text = re.sub(r"(Raised by:</th>\s*<td>)[^<]*", r"\1VIEW", text)  # Django's own page of what is not found
    return re.sub(r"(/static/[^\"' )]*)\.[0-9a-f]{12}(\.[a-z0-9]+)", r"\1\2", text)


def header(name: str, value: str) -> str:
    """The policy is written in the order of a set, another in every process, and means the same. A tag is of rows that
    another server has written."""
    if name == "ETag":
        return "one"
    return "; ".join(sorted(value.split("; "))) if name == "Content-Security-Policy" else value


def answers(root: Path) -> Iterator[tuple[Ask, str]]:
    asks = everything()
    with demo(root) as port:
        browser = Browser(port)
        for number, ask in enumerate(asks, 1):
            if number % 200 == 0:
                print(f"{number} of {len(asks)}", file=sys.stderr)
            yield ask, browser.ask(ask)


# The two commands


def save(root: Path, directory: Path) -> int:
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        sys.exit(f"{directory} is not empty")
    count = 0
    for count, (ask, text) in enumerate(answers(root), 1):  # noqa: B007
        (directory / ask.file).write_text(text, "utf-8", newline="")
    print(f"{count} answers in {directory}")
    return 0


def compare(root: Path, directory: Path, limit: int) -> int:
    """Prints the first addresses that differ; an address that was not saved, or is not asked any more, differs too."""
    saved = {path.name for path in directory.glob("*.txt")}
    if not saved:
        sys.exit(f"nothing is saved in {directory}")
    differing = same = 0
    for ask, text in answers(root):
        path = directory / ask.file
        before = evened(path.read_bytes().decode(), "") if path.name in saved else ""
        saved.discard(path.name)
        if before == text:
            same += 1
            continue
        differing += 1
        if differing <= limit:
            show(ask, before, text)
    for name in sorted(saved):
        print(f"saved, but not asked any more: {name}")
    print(f"{same} answers are the same, {differing} differ, {len(saved)} were not asked")
    return 1 if differing or saved else 0


def show(ask: Ask, before: str, after: str) -> None:
    print(f"--- {ask.name}  ({ask.file})")
    if not before:
        print("    was not saved")
        return
    pieces = [re.sub(r"(?<=[>,]) ?", "\n", text) if text.count("\n") < 20 else text for text in (before, after)]
    lines = difflib.unified_diff(*(piece.splitlines() for piece in pieces), "before", "after", lineterm="", n=1)
    for number, line in enumerate(lines):
        if number > SHOWN_LINES:
            print("    …")
            break
        print("    " + line[:240])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=("save", "compare"))
    parser.add_argument("directory", type=Path, help="where the answers are")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the checkout to look at; else the current one")
    parser.add_argument("--limit", type=int, default=SHOWN_ADDRESSES, help="how many differing addresses to show")
    options = parser.parse_args()
    root = options.root.resolve()
    if not (root / "manage.py").exists():
        sys.exit(f"{root} is no checkout of orgdash")
    if options.command == "save":
        return save(root, options.directory)
    return compare(root, options.directory, options.limit)


if __name__ == "__main__":
    sys.exit(main())
