"""`python -m tests.clients.founding [NAME…]`: companies of these names, else all that the clients' tests begin with.

All commands in one program, run once: each in a program of its own would take more than most tests.
"""

import json
import os
import sys
from pathlib import Path

from tests.forked import run
from tests.servers import environment

OWNER, PASSWORD = "owner@live.test", "correct horse battery staple"
COMPANIES = (
    *("plain", "chunked", "broken-whole", "broken-length", "openapi", "two-tell", "otel-latest", "otel-older"),
    *("litellm-json-array", "litellm-ndjson", "litellm-single", "litellm-token"),
    *("help-events", "help-litellm-proxy", "help-litellm-package", "help-otel", "help-collector"),
)
TOKENS = {  # by the company; each lies in a file of its name beside the database
    "openapi": {"scope": "analytics:read"},
    "litellm-token": {"scope": "usage:write", "create_keys": True},
}
PRICES = """provider,model,valid_from,input_usd_per_1m,cached_input_usd_per_1m,output_usd_per_1m
openai,gpt-4o-mini,2020-01-01,150,15,600
openai,text-embedding-3-small,2020-01-01,20,,0
"""


def found(directory: Path, *names: str) -> Path:
    """The same directory, which is migrated."""
    done = run("-m", "tests.clients.founding", *names, environment=environment(directory))
    assert done.returncode == 0, done.stderr
    return directory


def secret(name: str) -> str:
    return f"sk-org-{name}-" + "s" * 32


def workspace(name: str) -> dict:
    """Its public ids are `org_<name>`, `proj_<name>` and `key_<name>`."""
    key = {"id": f"key_{name}", "description": "Gateway", "created_by": OWNER, "secret": secret(name)}
    return {
        "id": f"org_{name}",
        "name": name.title(),
        "plan": "enterprise",
        "members": [{"email": OWNER, "name": "Olga Owner", "role": "owner", "password": PASSWORD}],
        "projects": [{"id": f"proj_{name}", "name": "Production", "api_keys": [key]}],
    }


def main(*names: str) -> None:
    import django
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orgdash.settings")
    django.setup()
    directory = Path(os.environ["ORGDASH_DATA_DIR"])
    file = directory / "workspace.json"
    file.write_text(json.dumps({"organizations": [workspace(name) for name in names or COMPANIES]}))
    call_command("load_workspace", file)
    if names:
        return
    file = directory / "prices.csv"
    file.write_text(PRICES)
    call_command("load_prices", file)
    for name, options in TOKENS.items():
        with (directory / name).open("w") as written:
            call_command("create_token", organization=f"org_{name}", stdout=written, **options)


if __name__ == "__main__":
    main(*sys.argv[1:])
