"""Who gets what, for pages and for JSON: every person, every plan."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from accounts.models import AccessToken, Organization, hash_secret
from tests.accounts.conftest import ANALYTICS, EXPORT, HTMX, PLANS, PROJECT, USAGE
from tests.browsers import enter
from tests.factories import OrganizationFactory, ProjectFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]

OUTSIDERS = [
    *(("nobody", plan, url, 302) for plan in PLANS for url in (ANALYTICS, EXPORT, USAGE, PROJECT)),
    *((who, plan, url, 404) for who in ("stranger", "removed") for plan in PLANS for url in (ANALYTICS, EXPORT, USAGE)),
]
MEMBERS = [
    *(("developer", plan, url, 403) for plan in PLANS for url in (ANALYTICS, EXPORT)),
    *((who, plan, ANALYTICS, 200) for who in ("admin", "owner") for plan in PLANS),
    *((who, plan, EXPORT, 403) for who in ("admin", "owner") for plan in ("free", "pro")),
    *((who, "enterprise", EXPORT, 200) for who in ("admin", "owner")),
    *((who, plan, url, 200) for who in ("developer", "admin", "owner") for plan in PLANS for url in (USAGE, PROJECT)),
]


@pytest.mark.parametrize(("who", "plan", "url", "status"), [*OUTSIDERS, *MEMBERS])
def test_each_page_answers_each_person_on_each_plan(people, who, plan, url, status):
    Organization.objects.update(plan=plan)
    assert people[who].get(url).status_code == status


@pytest.mark.parametrize("who", ["nobody", "stranger", "developer", "admin", "owner"])
@pytest.mark.parametrize(
    "url",
    ["/organizations/org_none/analytics/", "/organizations/org%00acme/usage/", f"/organizations/{'x' * 5000}/usage/"],
)
def test_an_organization_that_does_not_exist_is_not_found(people, who, url):
    expected = {"nobody": 302}.get(who, 404)
    assert people[who].get(url).status_code == expected


@pytest.mark.parametrize("who", ["stranger", "developer", "admin", "owner"])
@pytest.mark.parametrize("url", [ANALYTICS, EXPORT, USAGE, PROJECT])
def test_a_deleted_organization_is_not_found(people, who, url):
    Organization.objects.update(status="deleted")
    assert people[who].get(url).status_code == 404


def test_not_found_is_a_page_without_a_word_about_the_organization(people):
    page = people["stranger"].get(ANALYTICS).content.decode()
    assert "Page not found" in page
    assert "Acme" not in page


@pytest.mark.parametrize("url", [ANALYTICS, f"{ANALYTICS}?range=30d&groupBy=project", EXPORT])
def test_signing_in_leads_back_to_the_page(people, url):
    assert people["nobody"].get(url).url == f"/accounts/login/?next={quote(url, safe='/')}"


@pytest.mark.parametrize(("who", "plan"), [("developer", "enterprise"), ("developer", "free"), ("owner", "free")])
@pytest.mark.parametrize("url", [ANALYTICS, f"{ANALYTICS}?range=30d"])
def test_a_refusal_never_lands_inside_a_panel(people, who, plan, url):
    Organization.objects.update(plan=plan)
    response = people[who].get(url, headers=HTMX)
    assert (response.status_code, response["HX-Redirect"], response.content) == (200, url, b"")


def test_an_expired_session_goes_to_sign_in_as_a_whole_page(people):
    response = people["nobody"].get(f"{ANALYTICS}?range=30d", headers=HTMX)
    assert response["HX-Redirect"] == f"/accounts/login/?next={quote(ANALYTICS)}%3Frange%3D30d"


@pytest.mark.parametrize(
    ("who", "plan", "status"), [("nobody", "free", 302), ("developer", "free", 403), ("owner", "free", 200)]
)
def test_the_back_button_gets_the_whole_refusal(people, who, plan, status):
    Organization.objects.update(plan=plan)
    response = people[who].get(ANALYTICS, headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert response.status_code == status
    assert "HX-Redirect" not in response


@pytest.mark.parametrize("headers", [{}, HTMX, {**HTMX, "HX-History-Restore-Request": "true"}])
def test_caches_keep_pages_and_fragments_and_people_apart(people, headers):
    response = people["owner"].get(ANALYTICS, headers=headers)
    assert {"HX-Request", "HX-History-Restore-Request", "Cookie"} <= set(response["Vary"].split(", "))
    assert "private" in response["Cache-Control"]


def test_the_view_is_given_the_membership(people):
    assert people["admin"].get(EXPORT).content == b"org_acme,adam@acme.test"


def test_site_staff_are_strangers_to_an_organization(client, acme):
    enter(client, UserFactory(is_staff=True, is_superuser=True))
    assert client.get(ANALYTICS).status_code == 404


# The organization seen last


def test_the_organization_seen_last_is_remembered_once(people):
    cookie = people["owner"].get(ANALYTICS).cookies["organization"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"], cookie["secure"]) == ("org_acme", True, "Lax", "")
    assert "organization" not in people["owner"].get(USAGE).cookies


def test_the_cookie_is_secure_under_https(people, settings):
    settings.HTTPS = True
    assert people["owner"].get(ANALYTICS).cookies["organization"]["secure"]


# Statements: session, user, membership; then the shell's one


@pytest.mark.parametrize(
    ("url", "headers", "statements"),
    [(USAGE, {}, 4), (PROJECT, {}, 4), (ANALYTICS, {}, 4), (ANALYTICS, HTMX, 3), (EXPORT, {}, 3)],
)
def test_a_guard_costs_so_many_statements(people, acme, django_assert_num_queries, url, headers, statements):
    ProjectFactory.create_batch(5, organization=acme)
    browser = people["owner"]
    with django_assert_num_queries(statements):
        browser.get(url, headers=headers)


# JSON

ASK = "/endpoint?organizationId=org_acme"
API = [
    *(("nobody", plan, 401, "not_authenticated") for plan in PLANS),
    *((who, plan, 403, "forbidden") for who in ("stranger", "removed") for plan in PLANS),
    *(("developer", plan, 403, "admin_required") for plan in PLANS),
    *((who, plan, 403, "enterprise_required") for who in ("admin", "owner") for plan in ("free", "pro")),
]


@pytest.fixture
def make_token(acme):
    def make(secret: str = "at-org-secret", **fields: object) -> dict[str, str]:
        fields = {"organization": acme, "scope": "analytics:read", **fields}
        AccessToken.objects.create(token_hash=hash_secret(secret), **fields)
        return {"Authorization": f"Bearer {secret}"}

    return make


@pytest.mark.parametrize(("who", "plan", "status", "code"), API)
def test_json_refuses_each_person_in_the_tables_order(people, who, plan, status, code):
    Organization.objects.update(plan=plan)
    response = people[who].get(ASK)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["detail"].endswith(".")


@pytest.mark.parametrize("who", ["admin", "owner"])
def test_json_answers_those_who_manage_an_enterprise_organization(people, olga, adam, who):
    key = {"admin": adam, "owner": olga}[who].user.pk
    assert people[who].get(ASK).json() == {"organization": "org_acme", "rate_key": f"user:{key}"}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "organizationId is required."),
        ("?organizationId=", "organizationId is required."),
        ("?organizationId=org_acme&organizationId=org_acme", "organizationId may be given only once."),
    ],
)
@pytest.mark.parametrize("who", ["stranger", "developer", "owner"])
def test_json_needs_one_organization_before_anything_is_looked_up(people, who, query, message):
    response = people[who].get(f"/endpoint{query}")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
    assert response.json()["errors"] == [{"field": "organizationId", "message": message}]


def test_nobody_learns_that_a_parameter_is_missing(people):
    assert people["nobody"].get("/endpoint").status_code == 401


@pytest.mark.parametrize("organization", ["org_none", "org%00acme", "x" * 3000, "%F0%9F%92%B8"])
def test_no_such_organization_is_answered_like_one_that_is_not_yours(people, organization):
    mine, none = people["stranger"].get(ASK), people["owner"].get(f"/endpoint?organizationId={organization}")
    assert (none.status_code, none.content) == (mine.status_code, mine.content)


@pytest.mark.parametrize("who", ["developer", "admin", "owner"])
@pytest.mark.parametrize("plan", PLANS)
def test_a_member_of_a_deleted_organization_is_told_so(people, who, plan):
    Organization.objects.update(status="deleted", plan=plan)
    response = people[who].get(ASK)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_stranger_to_a_deleted_organization_learns_nothing(people):
    Organization.objects.update(status="deleted")
    assert people["stranger"].get(ASK).json()["code"] == "forbidden"


def test_a_deactivated_person_is_nobody(people, olga):
    olga.user.is_active = False
    olga.user.save()
    assert people["owner"].get(ASK).status_code == 401
    assert people["owner"].get(ANALYTICS).status_code == 302


def test_a_token_stands_like_an_admin(client, make_token):
    headers = make_token()
    token = AccessToken.objects.get()
    assert client.get(ASK, headers=headers).json() == {"organization": "org_acme", "rate_key": f"token:{token.pk}"}


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"expires_at": timedelta(0)}, 401, "not_authenticated"),
        ({"expires_at": timedelta(days=-1)}, 401, "not_authenticated"),
        ({"revoked_at": timedelta(days=-1)}, 401, "not_authenticated"),
        ({"scope": "usage:write"}, 403, "forbidden"),
    ],
)
def test_a_token_that_does_not_fit_is_refused(client, make_token, now, fields, status, code):
    moments = {name: now + value for name, value in fields.items() if isinstance(value, timedelta)}
    response = client.get(ASK, headers=make_token(**{**fields, **moments}))
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_a_token_is_good_until_the_instant_it_expires(client, make_token, now):
    assert client.get(ASK, headers=make_token(expires_at=now + timedelta(microseconds=1))).status_code == 200


@pytest.mark.parametrize(("organization", "status"), [("org_other", 403), ("org_none", 403), ("org_acme", 200)])
def test_a_token_opens_its_own_organization_only(client, make_token, organization, status):
    OrganizationFactory(public_id="org_other")
    assert client.get(f"/endpoint?organizationId={organization}", headers=make_token()).status_code == status


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [({"status": "deleted"}, 404, "not_found"), ({"plan": "pro"}, 403, "enterprise_required")],
)
def test_a_token_shares_its_organizations_fate(client, make_token, fields, status, code):
    headers = make_token()
    Organization.objects.update(**fields)
    response = client.get(ASK, headers=headers)
    assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "bearer   ", "BEARER \xff"])
def test_a_bad_token_is_not_saved_by_a_session(people, header):
    assert people["owner"].get(ASK, headers={"Authorization": header}).status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token_wins_over_a_session(people, make_token, scheme):
    secret = make_token()["Authorization"].removeprefix("Bearer ")
    answer = people["developer"].get(ASK, headers={"Authorization": f"{scheme} {secret}"})
    assert answer.json()["rate_key"].startswith("token:")


def test_another_kind_of_authorization_leaves_the_session(people):
    assert people["owner"].get(ASK, headers={"Authorization": "Basic b2xnYTp4"}).status_code == 200


@pytest.mark.parametrize(("who", "statements"), [("owner", 3), ("nobody", 0)])
def test_json_authorization_costs_so_many_statements(people, django_assert_num_queries, who, statements):
    browser = people[who]
    with django_assert_num_queries(statements):
        browser.get(ASK)


def test_a_token_costs_one_statement(client, make_token, django_assert_num_queries):
    headers = make_token()
    client.get(ASK, headers=headers)  # which notes its use; once a minute
    with django_assert_num_queries(1):
        client.get(ASK, headers=headers)
