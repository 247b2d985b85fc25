"""`make lighthouse`: Lighthouse on the analytics page of the production server with demo data, as phone and desktop.

Prints the scores and every audit that costs points; fails below 100 for what does not depend on the machine's speed.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import ANALYTICS, OWNER, ROOT, Site, chromium, sign_in
from tests.servers import environment, gunicorn, manage

LIGHTHOUSE = ROOT / "tools" / "lighthouse" / "node_modules" / ".bin" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices")
STEADY = ("accessibility", "best-practices")
FORMS = {"phone": (), "desktop": ("--preset=desktop",)}


def session(site: Site) -> str:
    """The Cookie header of the demo's owner."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium())
        context = browser.new_context()
        sign_in(context.new_page(), site, OWNER)
        cookies = context.cookies()
        browser.close()
    return "; ".join(f"{one['name']}={one['value']}" for one in cookies)


def measured(url: str, cookie: str, options: tuple[str, ...]) -> dict:
    flags = " ".join(["--headless=new", *chromium()["args"]])
    command = [
        *(str(LIGHTHOUSE), url, "--quiet", "--output=json", f"--chrome-flags={flags}"),
        *(f"--only-categories={','.join(CATEGORIES)}", f"--extra-headers={json.dumps({'Cookie': cookie})}"),
        *options,
    ]
    environ = os.environ | {"CHROME_PATH": chromium()["executable_path"]}
    done = subprocess.run(command, env=environ, check=True, stdout=subprocess.PIPE, text=True)
    report = json.loads(done.stdout)
    assert report["finalDisplayedUrl"] == url, f"Lighthouse saw {report['finalDisplayedUrl']} instead"
    return report


def told(form: str, report: dict) -> dict[str, int]:
    """Prints one report; returns its scores of 100."""
    scores = {name: round(report["categories"][name]["score"] * 100) for name in CATEGORIES}
    print(f"{form}: " + ", ".join(f"{name} {score}" for name, score in scores.items()))
    for name in CATEGORIES:
        for reference in report["categories"][name]["auditRefs"]:
            audit = report["audits"][reference["id"]]
            if reference["weight"] and audit["score"] is not None and audit["score"] < 1:
                print(f"  {name}: {audit['title']} {audit.get('displayValue', '')} ({audit['score']:.2f})")
                for item in audit.get("details", {}).get("items", ()):
                    print(f"    {item.get('node', {}).get('snippet', '')}")
    return scores


def main() -> int:
    with tempfile.TemporaryDirectory() as made:
        directory = Path(made)
        manage(directory, "migrate", "--verbosity", "0")
        manage(directory, "seed_demo", "--if-empty")
        with gunicorn(directory, "--threads", "4") as port:
            site = Site(f"http://127.0.0.1:{port}", directory)
            cookie, url = session(site), f"{site.url}{ANALYTICS}?range=30d&groupBy=project"
            scores = [told(form, measured(url, cookie, options)) for form, options in FORMS.items()]
        stop = [sys.executable, "-m", "orgdash.embedded", "stop"]
        subprocess.run(stop, cwd=ROOT, env=environment(directory), check=True)
    return int(any(one[name] < 100 for one in scores for name in STEADY))


if __name__ == "__main__":
    sys.exit(main())
