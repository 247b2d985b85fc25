"""The version stands in pyproject.toml, and wherever people look for it."""

import re
import tomllib

import pytest
from django.test import Client

from orgdash.version import CATALOGUE, catalogue_version
from tests.servers import ROOT

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/healthz", f'"version": "{VERSION}"'),
        ("/api/openapi.json", f'"version": "{VERSION}"'),
        ("/help/organization-analytics/", f"This is orgdash {VERSION}."),
        ("/help/organization-analytics/", f"({CATALOGUE} {catalogue_version()})"),
    ],
)
def test_people_and_programs_are_told_the_version(path, shown):
    assert shown in Client().get(path).content.decode()


def test_the_edition_of_the_list_prices_is_the_one_that_is_pinned():
    assert f"{CATALOGUE}=={catalogue_version()} " in (ROOT / "requirements.lock").read_text()


def test_the_changelog_begins_with_the_version_and_keeps_its_headings():
    text = (ROOT / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## (.+)", text, re.M)
    assert versions[0] in (VERSION, f"{VERSION} (unreleased)")
    assert set(re.findall(r"^### (.+)", text, re.M)) <= {"Breaking", "Added", "Changed", "Fixed"}


def test_the_page_about_upgrades_has_the_version():
    assert f"→ {VERSION.rpartition('.')[0]}" in (ROOT / "docs" / "upgrading.md").read_text()
