"""The frame of every page: what the content security policy needs, landmarks, titles, and the error pages."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.views.defaults import server_error

from accounts.models import Organization
from tests.accounts.conftest import ANALYTICS, HTMX, PROJECT, USAGE
from tests.factories import ProjectFactory

CSS = Path(settings.BASE_DIR) / "static" / "css"


HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.fixture
def answers(people, acme, small_site):
    """Every page of the frame by name."""
    ProjectFactory(organization=acme, public_id="proj_chat", name="Chat <b>&</b> co")
    found = {
        "sign-in": people["nobody"].get("/accounts/login/"),
        "failed sign-in": people["nobody"].post("/accounts/login/", {"username": "x@y.test", "password": "z"}),
        "usage": people["owner"].get(USAGE),
        "project": people["developer"].get(PROJECT),
        "password": people["owner"].get("/accounts/password/"),
        "password changed": people["owner"].get("/accounts/password/done/"),
        "403": people["developer"].get(ANALYTICS),
        "404": people["stranger"].get(ANALYTICS),
        "403_csrf": Client(enforce_csrf_checks=True).post("/accounts/login/"),
        "500": Client(raise_request_exception=False).get("/broken"),
    }
    Organization.objects.update(plan="pro")
    found["upgrade"] = people["admin"].get(ANALYTICS)
    Organization.objects.update(status="deleted")
    found["no organization"] = people["owner"].get("/")
    return found


@pytest.fixture
def pages(answers):
    """The HTML of every page of the frame by name."""
    return {name: response.content.decode() for name, response in answers.items()}


@pytest.mark.django_db
def test_every_page_answers_as_it_is_named(answers):
    others = {"403": 403, "403_csrf": 403, "404": 404, "500": 500}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 200) | others


@pytest.mark.django_db
def test_no_page_needs_what_the_policy_forbids(pages):
    for name, html in pages.items():
        assert not re.findall(r"<script(?![^>]*\bsrc=)", html), name
        assert not re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", html), name
        assert not re.findall(r"""(?:src|href|action)=["'](?:https?:)?//""", html), name


@pytest.mark.django_db
def test_every_page_has_a_title_a_main_part_one_heading_and_a_way_to_skip_to_it(pages):
    for name, html in pages.items():
        assert re.search(r"<title>\S[^<]* · orgdash</title>", html) or name in ("usage", "project"), name
        assert html.count("<main ") == html.count('href="#main"') == 1, name
        assert html.count("<h1") == 1 or name in ("usage", "project"), name
        assert '<html lang="en">' in html, name


@pytest.mark.django_db
def test_ids_are_unique_on_every_page(pages):
    for name, html in pages.items():
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), name


@pytest.mark.django_db
def test_names_are_escaped_in_the_sidebar(pages):
    assert "Chat &lt;b&gt;&amp;&lt;/b&gt; co" in pages["usage"]
    assert "<b>" not in pages["usage"]


@pytest.mark.django_db
def test_the_sidebar_stands_on_every_page_of_a_member_and_on_no_other(pages):
    with_sidebar = {name for name, html in pages.items() if 'id="sidebar"' in html}
    assert with_sidebar == {"usage", "project", "password", "password changed", "403", "upgrade"}


@pytest.mark.django_db
def test_badges_and_locks_are_in_the_html_as_announced(pages):
    assert 'aria-label="Analytics, Enterprise, owners and admins only" aria-current="page"' in pages["403"]
    assert '<span class="badge">Enterprise</span>' in pages["403"]
    assert '<span class="badge badge-upgrade">Enterprise</span>' in pages["upgrade"]
    assert "owners and admins only" not in pages["upgrade"]


@pytest.mark.django_db
def test_every_answer_carries_the_security_headers(answers, people):
    no_pages = {
        "redirect": people["nobody"].get(ANALYTICS),
        "htmx": people["nobody"].get(ANALYTICS, headers=HTMX),
        "json": people["nobody"].get("/endpoint"),
        "staff": people["nobody"].get("/admin/login/"),
        "not there": people["nobody"].get("/nowhere"),
    }
    for name, answer in {**answers, **no_pages}.items():
        assert {header: answer.get(header) for header in HEADERS} == HEADERS, name
        policy = answer["Content-Security-Policy"]
        assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= set(policy.split("; ")), name
        assert not re.search(r"unsafe-|https?:|\*", policy), name


def test_the_page_for_a_broken_server_needs_no_database():
    # No django_db mark: any statement would fail here.
    response = server_error(RequestFactory().get("/"))
    assert (response.status_code, "Something went wrong" in response.content.decode()) == (500, True)


def _block(css: str, selector: str) -> dict[str, str]:
    body = css.split(f"{selector} {{", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"([\w-]+): ([^;]+);", body))


def test_chosen_dark_and_the_systems_dark_are_the_same_and_name_every_colour():
    css = (CSS / "tokens.css").read_text()
    light, system, chosen = (
        _block(css, selector) for selector in (":root", ":root:not([data-theme])", '[data-theme="dark"]')
    )
    fixed = {name for name in light if re.match(r"--(font|mono|radius)", name)}
    assert system == chosen
    assert set(chosen) == set(light) - fixed


def test_style_sheets_use_tokens_that_exist():
    names = set(_block((CSS / "tokens.css").read_text(), ":root"))
    used = set(re.findall(r"var\((--[\w-]+)", (CSS / "base.css").read_text() + (CSS / "components.css").read_text()))
    assert used <= names
