"""`POST /usage/litellm` with an access token: whose the usage is, by the gateway's names of its keys and teams."""

from datetime import timedelta

import pytest

from accounts.models import AccessToken, ApiKey, Membership, Organization, Project, hash_secret
from analytics.models import Request
from tests.analytics.gateway import payload
from tests.analytics.ingest import posts
from tests.factories import ApiKeyFactory, MembershipFactory, ProjectFactory, UserFactory

URL, SECRET = "/usage/litellm", "at-org-" + "t" * 40
HASH = "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b"


def token(organization: Organization, **fields) -> AccessToken:
    fields = {"scope": "usage:write", "token_hash": hash_secret(SECRET)} | fields
    return AccessToken.objects.create(organization=organization, **fields)


def logged(number: int, key: object = None, team: object = None, email: object = None, hashed=None, **changes) -> dict:
    names = {"user_api_key_alias": key, "user_api_key_team_alias": team, "user_api_key_user_email": email}
    names["user_api_key_hash"] = hashed
    return payload(number, metadata=names, **changes)


def post(*payloads: dict, secret: str = SECRET):
    return posts.post(URL, payloads, secret=secret)


def keys_used() -> dict[str, str]:
    described = dict(ApiKey.objects.values_list("pk", "description"))
    return {row.event_id: described[row.api_key_id] for row in Request.objects.all()}


def refusals(response) -> list[tuple]:
    return [(one["index"], one["field"], one["message"]) for one in response.json()["refused"]]


@pytest.mark.django_db
class TestFinding:
    def test_each_event_is_of_the_key_its_alias_names(self, workspace):
        token(workspace.organization)
        response = post(
            logged(1, "Owner key"),
            logged(2, " Chat staging ", "Support Chatbot"),
            logged(3, "Nightly sync", "Document Search"),
        )
        assert response.json()["recorded"] == 3
        assert keys_used() == {"chatcmpl-1": "Owner key", "chatcmpl-2": "Chat staging", "chatcmpl-3": "Nightly sync"}

    def test_the_team_says_in_which_project(self, workspace):
        twin = ApiKeyFactory(project=workspace.search, description="Owner key")
        token(workspace.organization)
        response = post(logged(1, "Owner key", "Document Search"), logged(2, "Owner key", "Support Chatbot"))
        assert response.json()["recorded"] == 2
        assert Request.objects.get(event_id="chatcmpl-1").api_key_id == twin.pk
        assert Request.objects.get(event_id="chatcmpl-2").api_key_id == workspace.olga_key.pk

    @pytest.mark.parametrize(
        ("names", "words"),
        [
            (("Owner key",), '2 API keys of this organization are described as "Owner key"'),
            (("Nobody",), 'no API key of this organization is described as "Nobody"'),
            (("Nobody", "Support Chatbot"), 'no API key of project "Support Chatbot" is described as "Nobody"'),
            (("Chat staging", "Twins"), '2 projects are named "Twins"'),
            (("Chat staging", "Nowhere"), 'no project is named "Nowhere"'),
            (("Foreign key",), 'no API key of this organization is described as "Foreign key"'),
            ((None,), "metadata.user_api_key_alias must have 1 to 200 printable characters with an access token, "),
            (("",), 'got ""'),
            (("x" * 201,), "metadata.user_api_key_alias must have 1 to 200"),
            (("a\x00b",), "metadata.user_api_key_alias must have"),
            (("\ud800",), "metadata.user_api_key_alias must have"),
            ((7,), "got 7"),
            (("Chat staging", ["team"]), "metadata.user_api_key_team_alias must have"),
        ],
    )
    def test_names_that_mean_no_one_key_are_refused_in_words(self, workspace, foreign_key, names, words):
        ApiKeyFactory(project=workspace.search, description="Owner key")
        ProjectFactory.create_batch(2, organization=workspace.organization, name="Twins")
        token(workspace.organization)
        response = post(logged(1, *names), logged(2, "Chat staging"))
        ((index, field, message),) = refusals(response)
        assert (index, field, response.json()["recorded"]) == (0, "api_key", 1)
        assert words in message
        assert ApiKey.objects.filter(description="Nobody").count() == 0

    def test_a_key_that_moves_into_a_team_is_still_found_by_what_is_late(self, workspace):
        token(workspace.organization, creates_keys=True)
        names = [("mover",), ("mover", "Growth"), ("mover",), ("mover", "Growth")]
        for number, given in enumerate(names):
            assert post(logged(number, *given)).json()["recorded"] == 1
        assert post(logged(0, "mover")).json()["repeated"] == 1
        projects = [key.project.name for key in ApiKey.objects.filter(description="mover").order_by("pk")]
        assert projects == ["LiteLLM", "Growth"]
        used = dict(Request.objects.values_list("event_id", "project_id"))
        assert used["chatcmpl-0"] == used["chatcmpl-2"] != used["chatcmpl-1"] == used["chatcmpl-3"]

    def test_a_key_that_is_in_use_goes_before_the_revoked_ones_of_its_name(self, workspace, now):
        ApiKeyFactory(project=workspace.chat, description="Owner key", revoked_at=now)
        token(workspace.organization)
        assert post(logged(1, "Owner key")).json()["recorded"] == 1
        assert Request.objects.get().api_key_id == workspace.olga_key.pk

    def test_a_revoked_key_has_what_was_before_its_end(self, workspace, now):
        ApiKey.objects.filter(pk=workspace.olga_key.pk).update(revoked_at=now - timedelta(minutes=15))
        token(workspace.organization, creates_keys=True)
        late = (now - timedelta(minutes=5)).timestamp()
        response = post(logged(1, "Owner key"), logged(2, "Owner key", startTime=late))
        assert [(index, field) for index, field, _ in refusals(response)] == [(1, "api_key")]
        assert keys_used() == {"chatcmpl-1": "Owner key"}
        assert ApiKey.objects.filter(description="Owner key").count() == 1

    def test_an_archived_project_keeps_its_usage_but_an_active_one_of_its_name_goes_before(self, workspace):
        Project.objects.filter(pk=workspace.search.pk).update(status="archived")
        token(workspace.organization)
        assert post(logged(1, "Nightly sync", "Document Search")).json()["recorded"] == 1
        again = ProjectFactory(organization=workspace.organization, name="Document Search")
        ApiKeyFactory(project=again, description="New sync")
        assert post(logged(2, "New sync", "Document Search")).json()["recorded"] == 1
        assert post(logged(3, "Nightly sync", "Document Search")).status_code == 422

    def test_a_key_without_an_alias_is_known_by_its_hash(self, workspace):
        ApiKeyFactory(project=workspace.chat, description=HASH)
        token(workspace.organization)
        assert post(logged(1, None, hashed=HASH), logged(2, "Owner key", hashed=HASH)).json()["recorded"] == 2
        assert keys_used() == {"chatcmpl-1": HASH, "chatcmpl-2": "Owner key"}

    def test_the_key_from_before_it_had_an_alias_goes_on(self, workspace):
        token(workspace.organization, creates_keys=True)
        names = [(None, HASH), ("named since", HASH), ("x" * 201, HASH), ("named since", "e" * 64)]
        for number, (alias, hashed) in enumerate(names):
            assert post(logged(number, alias, hashed=hashed)).json()["recorded"] == 1
        assert list(keys_used().values()) == [HASH, HASH, HASH, "named since"]

    def test_an_events_own_mistake_is_named_first(self, workspace):
        token(workspace.organization)
        assert refusals(post(logged(1, None, status="?")))[0][1] == "status"

    def test_the_statements_do_not_grow_with_the_events(self, workspace, django_assert_max_num_queries):
        token(workspace.organization)
        post(logged(0, "Owner key"))
        with django_assert_max_num_queries(40) as few:
            post(*(logged(n, "Owner key", "Support Chatbot") for n in range(1, 3)))
        with django_assert_max_num_queries(len(few)):
            post(*(logged(n, ("Owner key", "Chat staging")[n % 2], "Support Chatbot") for n in range(3, 60)))


@pytest.mark.django_db
class TestMaking:
    def test_missing_keys_and_projects_are_made(self, workspace):
        token(workspace.organization, creates_keys=True)
        response = post(
            logged(1, "alpha", "Growth"),
            logged(2, "alpha", "Growth"),
            logged(3, "alpha", "Support Chatbot"),
            logged(4, "beta"),
            logged(5, "Owner key"),
        )
        assert (response.json()["recorded"], response.json()["refused"]) == (5, [])
        made = ApiKey.objects.filter(description__in=("alpha", "beta")).order_by("description", "project__name")
        assert [(key.description, key.project.name, key.created_by.public_id) for key in made] == [
            ("alpha", "Growth", "mem_olga"),
            ("alpha", "Support Chatbot", "mem_olga"),
            ("beta", "LiteLLM", "mem_olga"),
        ]
        assert post(logged(6, "alpha", "Growth"), logged(7, "beta")).json()["recorded"] == 2
        assert ApiKey.objects.filter(description__in=("alpha", "beta")).count() == 3

    def test_the_statements_do_not_grow_with_what_is_made(self, workspace, django_assert_max_num_queries):
        token(workspace.organization, creates_keys=True)
        names = [(f"key {number}", f"team {number % 7}") for number in range(40)]
        with django_assert_max_num_queries(60):
            assert post(*(logged(number, *one) for number, one in enumerate(names))).json()["recorded"] == 40
        made = ApiKey.objects.filter(description__startswith="key ").values_list("description", "project__name")
        assert sorted(made) == sorted(names)

    def test_keys_of_one_name_in_several_new_teams_are_several(self, workspace):
        token(workspace.organization, creates_keys=True)
        assert post(*(logged(number, "bot", f"team {number}") for number in range(3))).json()["recorded"] == 3
        assert len(set(Request.objects.values_list("project_id", "api_key_id"))) == 3

    def test_the_person_that_the_gateway_names_made_the_key_where_she_is_a_member(self, workspace, stan):
        token(workspace.organization, creates_keys=True)
        people = {"one": "DORA@acme.test", "two": stan.email, "three": "a\x00@b", "four": ["@"]}
        sent = [logged(n, name, None, email) for n, (name, email) in enumerate(people.items())]
        assert post(*sent).json()["recorded"] == 4
        made = {name: ApiKey.objects.get(description=name).created_by.public_id for name in people}
        assert made == {"one": "mem_dora", "two": "mem_olga", "three": "mem_olga", "four": "mem_olga"}

    def test_else_the_owner_who_belongs_longest(self, workspace, olga):
        later = MembershipFactory(organization=workspace.organization, role="owner", user=UserFactory())
        Membership.objects.filter(pk=olga.pk).update(removed_at=olga.created_at)
        token(workspace.organization, creates_keys=True)
        post(logged(1, "alpha"))
        assert ApiKey.objects.get(description="alpha").created_by == later

    def test_without_an_owner_there_is_nobody_to_make_it(self, workspace):
        Membership.objects.filter(role="owner").update(role="admin")
        token(workspace.organization, creates_keys=True)
        assert refusals(post(logged(1, "alpha")))[0][2] == '"alpha" cannot be made: the organization has no owner'
        assert not Project.objects.filter(name="LiteLLM").exists()

    def test_for_an_event_that_is_refused_nothing_is_made(self, workspace):
        token(workspace.organization, creates_keys=True)
        assert post(logged(1, "alpha", "Growth", status="?")).status_code == 422
        assert not Project.objects.filter(name="Growth").exists()

    def test_what_is_ambiguous_is_not_made(self, workspace):
        ProjectFactory.create_batch(2, organization=workspace.organization, name="LiteLLM")
        token(workspace.organization, creates_keys=True)
        assert refusals(post(logged(1, "alpha")))[0][2] == '2 projects are named "LiteLLM"'

    def test_its_secret_is_nobodys(self, workspace):
        token(workspace.organization, creates_keys=True)
        post(logged(1, "alpha"), logged(2, "beta"))
        hashes = set(ApiKey.objects.filter(description__in=("alpha", "beta")).values_list("secret_hash", flat=True))
        assert len(hashes) == 2
        assert hash_secret("") not in hashes


@pytest.mark.django_db
class TestSignIn:
    @pytest.mark.parametrize(
        ("fields", "status", "code"),
        [
            ({}, 200, None),
            ({"scope": "analytics:read"}, 403, "forbidden"),
            ({"revoked": True}, 401, "not_authenticated"),
            ({"expired": True}, 401, "not_authenticated"),
        ],
    )
    def test_a_token_is_checked_like_everywhere(self, workspace, now, fields, status, code):
        times = {"revoked": {"revoked_at": now}, "expired": {"expires_at": now}}
        given = {name: value for name, value in fields.items() if name not in times}
        token(workspace.organization, **given, **{k: v for name in fields for k, v in times.get(name, {}).items()})
        response = post(logged(1, "Owner key"))
        assert (response.status_code, response.json().get("code")) == (status, code)

    def test_an_unknown_token_is_nobody(self, workspace):
        response = post(logged(1, "Owner key"))
        assert response.status_code == 401
        assert "or a valid access token" in response.json()["detail"]

    def test_a_deleted_organization_is_not_found(self, workspace):
        token(workspace.organization)
        Organization.objects.update(status="deleted")
        response = post(logged(1, "Owner key"))
        assert (response.status_code, response.json()["code"]) == (404, "not_found")

    def test_it_brings_usage_and_reads_nothing(self, workspace, client):
        token(workspace.organization)
        headers = {"Authorization": f"Bearer {SECRET}"}
        response = client.get("/analytics/activity?organizationId=org_acme", headers=headers)
        assert (response.status_code, response.json()["code"]) == (403, "forbidden")
        sent = client.post("/usage/events", "[]", content_type="application/json", headers=headers)
        assert sent.status_code == 401

    def test_the_rate_limit_is_the_tokens(self, workspace, settings):
        token(workspace.organization)
        settings.RATE_LIMIT = 1
        assert [post(logged(n, "Owner key")).status_code for n in range(2)] == [200, 503]
