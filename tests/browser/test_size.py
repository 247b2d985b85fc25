"""What the page weighs on the wire, printed: first load with everything it brings, and one swap."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import ANALYTICS
from tests.servers import gunicorn

FIRST_LOAD, SWAP = 150_000, 20_000  # bytes, compressed


class Scale:
    """Weighs what a page receives, as it comes over the wire."""

    def __init__(self, page: Page) -> None:
        self.weights: dict[str, int] = {}
        self.names: dict[str, str] = {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on(
            "Network.responseReceived", lambda one: self.names.update({one["requestId"]: one["response"]["url"]})
        )
        session.on("Network.loadingFinished", lambda one: self._add(one["requestId"], int(one["encodedDataLength"])))

    def _name(self, one: dict) -> None:
        self.names[one["requestId"]] = one["response"]["url"]

    def _add(self, request: str, size: int) -> None:
        self.weights[self.names[request]] = size

    def total(self, title: str) -> int:
        """Prints each part, the heaviest first, and their sum, which it returns."""
        for name, size in sorted(self.weights.items(), key=lambda pair: -pair[1]):
            print(f"{size:>8} {name[:100]}")
        print(f"{sum(self.weights.values()):>8} {title}")
        return sum(self.weights.values())


@pytest.fixture(scope="module")
def production(site) -> str:
    """The same site as it is served in earnest: without DEBUG, static files hashed and compressed."""
    with gunicorn(site.directory, "--threads", "4") as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    "query",
    [
        "?from=2026-10-24&to=2026-11-22&groupBy=project",
        "?from=2025-11-23&to=2026-11-22&groupBy=apiKey&metric=tokens",
    ],
)
def test_first_load_and_a_swap_stay_light(production, visit, query, capsys):
    page = visit("about:blank", base_url=production, fresh=True)
    scale = Scale(page)
    page.goto(ANALYTICS + query, wait_until="networkidle")
    first = scale.total(f"first load of {query}")
    scale.weights.clear()
    page.get_by_role("tab", name="Requests").click()
    page.get_by_role("heading", name="Requests over time").wait_for()
    page.wait_for_load_state("networkidle")
    swap = scale.total("one swap")
    with capsys.disabled():
        print(f"\n{query}: first load {first / 1000:.1f} KB, one swap {swap / 1000:.1f} KB")
    assert 20_000 < first <= FIRST_LOAD
    assert 1_000 < swap <= SWAP
