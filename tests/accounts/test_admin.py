"""The site staff's admin: who gets in, that nothing is deleted, and what each change does."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import AccessToken, ApiKey, Membership, Organization, Project, User, hash_secret
from analytics.ledger import differences
from analytics.models import DailyUsage
from tests.accounts.conftest import sign_in
from tests.analytics.usage import use
from tests.browsers import enter
from tests.factories import PASSWORD, ApiKeyFactory, MembershipFactory, OrganizationFactory, ProjectFactory, UserFactory
from tests.kept import kept

pytestmark = pytest.mark.django_db

KINDS = ("user", "organization", "membership", "project", "apikey", "accesstoken")


@pytest.fixture
@kept
def staff(db) -> Client:
    return enter(Client(), UserFactory(email="staff@site.test", is_staff=True, is_superuser=True))


@pytest.fixture
@kept
def key(acme, olga) -> ApiKey:
    """One row of every kind, and the key among them."""
    AccessToken.objects.create(organization=acme, scope="analytics:read", token_hash="a" * 64, name="Nightly")
    project = ProjectFactory(organization=acme, public_id="proj_chat", name="Chat")
    return ApiKeyFactory(project=project, created_by=olga, public_id="key_olga", last_four="7Qd2")


def pages(kind: str) -> list[str]:
    row = {
        "user": User,
        "organization": Organization,
        "membership": Membership,
        "project": Project,
        "apikey": ApiKey,
        "accesstoken": AccessToken,
    }[kind].objects.latest("pk")
    name = f"admin:accounts_{kind}"
    return [
        reverse(f"{name}_changelist"),
        reverse(f"{name}_changelist", query={"q": "acme"}),
        reverse(f"{name}_add"),
        reverse(f"{name}_change", args=[row.pk]),
        reverse(f"{name}_history", args=[row.pk]),
    ]


def form(response, **changes) -> dict[str, object]:
    """What the browser would send back from this admin page, but for `changes`."""
    shown = response.context["adminform"].form
    values = {name: shown.get_initial_for_field(field, name) for name, field in shown.fields.items()}
    return {name: value for name, value in values.items() if value not in (None, False)} | changes


def change(browser: Client, row, **changes):
    url = reverse(f"admin:accounts_{row._meta.model_name}_change", args=[row.pk])
    return browser.post(url, form(browser.get(url), **changes), follow=True)


def act(browser: Client, action: str, *chosen, **more):
    url = reverse(f"admin:accounts_{chosen[0]._meta.model_name}_changelist")
    return browser.post(url, {"action": action, "_selected_action": [row.pk for row in chosen], **more}, follow=True)


# Who gets in


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_opens_for_site_staff(staff, key, kind):
    assert [staff.get(url).status_code for url in pages(kind)] == [200] * 5


@pytest.mark.parametrize("who", ["nobody", "owner", "admin", "developer", "stranger"])
@pytest.mark.parametrize("kind", KINDS)
def test_nobody_else_gets_in(people, key, who, kind):
    answers = [people[who].get(url) for url in ["/admin/", *pages(kind)]]
    assert [answer.status_code for answer in answers] == [302] * 6
    assert all(answer.url.startswith("/admin/login/?next=/admin/") for answer in answers)


def test_staff_see_what_their_permissions_say(key):
    helper = UserFactory(is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="view_organization"))
    browser = enter(Client(), helper)
    seen = [browser.get(reverse(f"admin:accounts_{kind}_changelist")).status_code for kind in KINDS]
    assert seen == [403, 200, 403, 403, 403, 403]
    assert browser.post(pages("organization")[3], {"plan": "enterprise"}).status_code == 403


@pytest.mark.parametrize(("staff_member", "lands"), [(True, "/admin/"), (False, None)])
def test_the_staff_door_takes_site_staff_only(client, staff_member, lands):
    UserFactory(email="someone@site.test", is_staff=staff_member)
    answer = client.post("/admin/login/", {"username": "Someone@Site.test", "password": PASSWORD, "next": "/admin/"})
    assert getattr(answer, "url", None) == lands


@pytest.mark.parametrize(("staff_member", "links"), [(True, 1), (False, 0)])
def test_the_sidebar_leads_site_staff_here_and_nobody_else(people, olga, staff_member, links):
    olga.user.is_staff = staff_member
    olga.user.save()
    assert people["owner"].get("/accounts/password/").content.decode().count('href="/admin/"') == links


# What stays


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_ever_deleted(staff, key, kind):
    change_url = pages(kind)[3]
    assert staff.post(change_url.replace("/change/", "/delete/"), {"post": "yes"}).status_code == 403
    assert "delete_selected" not in staff.get(pages(kind)[0]).content.decode()


@pytest.mark.parametrize(
    ("kind", "fixed"),
    [
        ("organization", ["public_id"]),
        ("membership", ["public_id", "organization", "user", "removed_at"]),
        ("project", ["public_id", "organization"]),
        ("apikey", ["public_id", "project", "created_by", "last_four", "revoked_at"]),
        ("accesstoken", ["organization", "scope", "revoked_at"]),
    ],
)
def test_what_usage_hangs_on_cannot_be_changed(staff, key, kind, fixed):
    assert set(fixed) & set(staff.get(pages(kind)[3]).context["adminform"].form.fields) == set()


@pytest.mark.parametrize("kind", KINDS)
def test_no_page_shows_a_hash(staff, key, kind):
    html = "".join(staff.get(url).content.decode() for url in pages(kind)[:4])
    assert key.secret_hash not in html
    assert "a" * 64 not in html


# What a change does


def test_a_plan_is_changed_here(staff, acme):
    change(staff, acme, plan="pro")
    acme.refresh_from_db()
    assert acme.plan == "pro"


def test_a_changed_zone_cuts_the_days_anew(staff, key, acme):
    use(key, "2026-11-10T03:00")
    change(staff, acme, time_zone="America/New_York")
    assert {str(day) for day in DailyUsage.objects.values_list("day", flat=True)} == {"2026-11-09"}
    assert differences.differences(acme.pk) == []


def test_a_zone_that_is_none_is_refused(staff, acme):
    assert "is not an IANA time zone" in change(staff, acme, time_zone="Mars/Base").content.decode()
    acme.refresh_from_db()
    assert acme.time_zone == "UTC"


def test_a_new_key_shows_its_secret_once(staff, key, olga):
    add = reverse("admin:accounts_apikey_add")
    answer = staff.post(
        add, {"project": key.project_id, "created_by": olga.pk, "description": "From here"}, follow=True
    )
    secret = re.search(r"<pre>(sk-org-[\w-]+)</pre>", answer.content.decode())[1]
    made = ApiKey.objects.get(description="From here")
    assert (made.secret_hash, made.last_four) == (hash_secret(secret), secret[-4:])
    assert secret not in staff.get(reverse("admin:accounts_apikey_changelist")).content.decode()
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("kind", ["apikey", "accesstoken"])
@pytest.mark.parametrize("button", ["_save", "_continue", "_addanother"])
def test_a_secret_travels_in_no_cookie(staff, key, olga, acme, kind, button):
    values = {
        "apikey": {"project": key.project_id, "created_by": olga.pk, "description": "From here"},
        "accesstoken": {"organization": acme.pk, "name": "For BI", "scope": "analytics:read"},
    }
    answer = staff.post(reverse(f"admin:accounts_{kind}_add"), values[kind] | {button: "1"})
    secret = re.search(r"<pre>(\w\w-org-[\w-]+)</pre>", answer.content.decode())[1]
    assert "messages" not in answer.cookies
    assert all(secret not in cookie.value for cookie in answer.cookies.values())


def test_renaming_a_key_keeps_its_secret(staff, key):
    assert "<pre>" not in change(staff, key, description="Renamed").content.decode()
    renamed = ApiKey.objects.get(description="Renamed")
    assert renamed.secret_hash == key.secret_hash


def test_a_key_is_created_by_a_member_of_its_projects_organization(staff, key):
    stranger = MembershipFactory(organization=OrganizationFactory(public_id="org_other"))
    values = {"project": key.project_id, "created_by": stranger.pk, "description": "Not ours"}
    answer = staff.post(reverse("admin:accounts_apikey_add"), values)
    assert "Not a member of Acme, to which the project belongs." in answer.content.decode()
    assert not ApiKey.objects.filter(description="Not ours").exists()


def test_a_removed_member_is_given_no_new_key(staff, key, dora, now):
    dora.removed_at = now
    dora.save()
    values = {"project": key.project_id, "created_by": dora.pk, "description": "Too late"}
    assert "no longer a member" in staff.post(reverse("admin:accounts_apikey_add"), values).content.decode()


def test_a_new_token_ends_in_a_year_unless_something_else_is_chosen(staff, now):
    shown = staff.get(reverse("admin:accounts_accesstoken_add")).context["adminform"].form
    assert shown.get_initial_for_field(shown.fields["expires_at"], "expires_at") == now + timedelta(days=365)


def test_a_new_token_shows_its_secret_once_and_opens_the_json_endpoint(staff, client, acme):
    values = {"organization": acme.pk, "name": "For BI", "scope": "analytics:read"}
    answer = staff.post(reverse("admin:accounts_accesstoken_add"), values, follow=True)
    secret = re.search(r"<pre>(at-org-[\w-]+)</pre>", answer.content.decode())[1]
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/analytics/activity?organizationId=org_acme", headers=headers).status_code == 200


@pytest.mark.parametrize("model", [ApiKey, AccessToken])
def test_revoking_keeps_the_first_instant(staff, key, now, settings, model):
    row = model.objects.get()
    assert "1 revoked." in act(staff, "revoke", row).content.decode()
    settings.ORGDASH_NOW = now + timedelta(days=1)
    assert "0 revoked." in act(staff, "revoke", row).content.decode()
    row.refresh_from_db()
    assert row.revoked_at == now


def test_a_removed_member_is_a_stranger_until_taken_back(staff, people, olga):
    page = "/organizations/org_acme/usage/"
    assert "1 removed. Their usage stays." in act(staff, "remove", olga, api_keys="keep").content.decode()
    assert people["owner"].get(page).status_code == 404
    assert "1 taken back." in act(staff, "take_back", olga).content.decode()
    assert people["owner"].get(page).status_code == 200


def test_removing_a_member_asks_what_becomes_of_the_api_keys(staff, key, olga):
    asked = act(staff, "remove", olga).content.decode()
    assert "1 API key that can still be used" in " ".join(asked.split())
    olga.refresh_from_db()
    assert olga.removed_at is None


@pytest.mark.parametrize(("choice", "revoked"), [("keep", False), ("revoke", True)])
def test_the_api_keys_of_a_removed_member_are_kept_or_revoked(staff, key, olga, now, choice, revoked):
    said = act(staff, "remove", olga, api_keys=choice).content.decode()
    key.refresh_from_db()
    olga.refresh_from_db()
    assert olga.removed_at == now
    assert (key.revoked_at == now) is revoked
    assert ("API keys revoked: 1." in said) is revoked


def test_a_new_person_signs_in_with_the_address_however_it_is_typed(staff, client):
    values = {"email": "New@Site.test", "name": "New", "usable_password": "true"}
    passwords = {"password1": PASSWORD, "password2": PASSWORD}
    staff.post(reverse("admin:accounts_user_add"), values | passwords)
    assert sign_in(client, "new@site.TEST").url == "/"


def test_one_address_is_one_person(staff, olga):
    values = {"email": "OLGA@acme.test", "name": "Another", "usable_password": "false"}
    assert "already exists" in staff.post(reverse("admin:accounts_user_add"), values).content.decode()
    assert User.objects.filter(email="olga@acme.test").count() == 1


def test_a_deactivated_person_is_signed_out(staff, people, olga):
    values = form(staff.get(reverse("admin:accounts_user_change", args=[olga.user.pk])))
    dates = {"last_login_0": "", "last_login_1": "", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    staff.post(reverse("admin:accounts_user_change", args=[olga.user.pk]), {**values, **dates, "is_active": ""})
    assert people["owner"].get("/organizations/org_acme/usage/").status_code == 302


def test_staff_can_set_a_persons_password(staff, client, olga):
    new = "a much better horse"
    url = reverse("admin:auth_user_password_change", args=[olga.user.pk])
    staff.post(url, {"usable_password": "true", "password1": new, "password2": new})
    assert sign_in(client, password=new).url == "/"
