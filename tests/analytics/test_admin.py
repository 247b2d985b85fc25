"""The site admin: models are seen, aliases made; both by site staff who may, and by nobody else."""

import json

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from analytics.models import Model, ModelAlias
from tests.analytics.usage import use
from tests.browsers import enter
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

MODELS, ALIASES = "/admin/analytics/model/", "/admin/analytics/modelalias/"
ALIAS = {"provider": "azure", "name": "our-deployment", "canonical": "gpt-5.5"}


def signed_in(user) -> Client:
    return enter(Client(), user)


@pytest.fixture
def staff() -> Client:
    return signed_in(UserFactory(is_staff=True, is_superuser=True))


def groups(olga) -> dict[str, int]:
    """What the JSON endpoint answers by model: label → requests."""
    url = "/analytics/activity?organizationId=org_acme&from=2026-11-17&to=2026-11-17"
    (day,) = json.loads(signed_in(olga.user).get(url).getvalue())["activity"]
    return {group["label"]: group["requestCount"] for group in day["breakdown"]}


def test_an_alias_counts_at_once_and_for_the_past_and_so_does_its_end(staff, workspace, olga):
    use(workspace.olga_key, "2026-11-17T10:00")
    use(workspace.olga_key, "2026-11-17T11:00", provider="azure", model="our-deployment")
    use(workspace.olga_key, "2026-11-17T11:00", provider="other", model="our-deployment")
    assert groups(olga) == {"gpt-5.5": 1, "our-deployment": 2}
    assert staff.post(f"{ALIASES}add/", ALIAS).status_code == 302
    assert groups(olga) == {"gpt-5.5": 2, "our-deployment": 1}
    alias = ModelAlias.objects.get()
    assert staff.post(f"{ALIASES}{alias.pk}/change/", ALIAS | {"canonical": "gpt-6"}).status_code == 302
    assert groups(olga) == {"gpt-5.5": 1, "gpt-6": 1, "our-deployment": 1}
    assert staff.post(f"{ALIASES}{alias.pk}/delete/", {"post": "yes"}).status_code == 302
    assert groups(olga) == {"gpt-5.5": 1, "our-deployment": 2}


@pytest.mark.parametrize("field", ALIAS)
def test_an_alias_needs_each_of_its_fields(field, staff):
    response = staff.post(f"{ALIASES}add/", ALIAS | {field: " "})
    assert (response.status_code, ModelAlias.objects.exists()) == (200, False)
    assert "This field is required." in response.content.decode()


def test_a_model_has_one_alias(staff):
    for status in (302, 200):
        assert staff.post(f"{ALIASES}add/", ALIAS).status_code == status
    assert ModelAlias.objects.count() == 1


def test_models_are_listed_and_found_but_not_made_changed_or_deleted(staff, workspace):
    use(workspace.olga_key, "2026-11-17T10:00", provider="azure", model="azure/GPT-5.5:beta")
    model = Model.objects.get()
    for query in ("", "?q=GPT", "?provider=azure"):
        assert "azure/GPT-5.5:beta" in staff.get(MODELS + query).content.decode()
    assert staff.get(f"{MODELS}{model.pk}/change/").status_code == 200
    fields = {"provider": "x", "name": "x", "canonical": "x"}
    for path in ("add/", f"{model.pk}/change/", f"{model.pk}/delete/"):
        assert staff.post(MODELS + path, fields | {"post": "yes"}).status_code == 403
    assert list(Model.objects.values_list("name", flat=True)) == ["azure/GPT-5.5:beta"]


def test_aliases_are_listed_and_found(staff):
    ModelAlias.objects.create(**ALIAS)
    for query in ("", "?q=deployment"):
        assert "our-deployment" in staff.get(ALIASES + query).content.decode()


def test_usage_itself_has_no_admin(staff):
    page = staff.get("/admin/").content.decode()
    assert MODELS in page
    for name in ("request", "hourlyusage", "dailyusage", "monthlyusage", "hourlydetail", "dailydetail", "freshness"):
        assert staff.get(f"/admin/analytics/{name}/").status_code == 404


@pytest.mark.parametrize("url", [MODELS, ALIASES, f"{ALIASES}add/"])
def test_who_is_not_site_staff_is_sent_to_sign_in_and_staff_need_the_permission(url, olga):
    assert Client().get(url).status_code == 302
    assert signed_in(olga.user).get(url).status_code == 302
    assert signed_in(UserFactory(is_staff=True)).get(url).status_code == 403
    allowed = UserFactory(is_staff=True)
    allowed.user_permissions.set(Permission.objects.filter(content_type__app_label="analytics"))
    assert signed_in(allowed).get(url).status_code == 200
