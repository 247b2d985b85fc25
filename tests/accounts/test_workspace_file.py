"""Each mistake a workspace file can hold, with its place and its words."""

import copy
import json

import pytest

from accounts.workspace_file import WorkspaceError, parse

GOOD = {
    "organizations": [
        {
            "id": "org_acme",
            "name": "Acme",
            "plan": "enterprise",
            "time_zone": "America/New_York",
            "status": "active",
            "members": [
                {"email": "owner@acme.test", "name": "Olga Owner", "role": "owner", "password": "seventeen blue cups"},
                {"email": "dev@acme.test", "name": "Dora Developer", "role": "developer"},
            ],
            "projects": [
                {
                    "id": "proj_chat",
                    "name": "Support Chatbot",
                    "status": "active",
                    "api_keys": [
                        {
                            "id": "key_1",
                            "description": "Owner key",
                            "created_by": "owner@acme.test",
                            "status": "active",
                            "secret": "sk-org-0123456789abcdef0123456789",
                        }
                    ],
                }
            ],
        }
    ]
}
UNSAID_SECRET = {"id": "key_2", "description": "No secret given", "created_by": "dev@acme.test"}
ORG = ("organizations", 0)
MEMBER = (*ORG, "members", 1)
PROJECT = (*ORG, "projects", 0)
KEY = (*PROJECT, "api_keys", 0)
ABSENT = object()
SHORT = "This password is too short. It must contain at least 12 characters."
ROLES = "must be one of owner, admin, developer"
MUST = "and then letters, digits or . _ ~ - (at most 100 characters in all)"


def changed(path, value):
    """GOOD with one value replaced, added, or taken out."""
    data = copy.deepcopy(GOOD)
    target = data
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    if value is ABSENT:
        del target[path[-1]]
    return json.dumps(data).encode()


def complaint(content):
    with pytest.raises(WorkspaceError) as caught:
        parse(content)
    return str(caught.value)


def test_a_file_that_says_everything_is_good():
    file = parse(json.dumps(GOOD).encode())
    assert file.organizations[0].projects[0].api_keys[0].created_by == "owner@acme.test"


def test_what_is_absent_has_its_default():
    [organization] = parse(b'{"organizations": [{"id": "org_a", "name": "A"}]}').organizations
    assert (organization.plan, organization.time_zone, organization.status) == ("free", "UTC", "active")
    assert (organization.members, organization.projects) == ([], [])


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("organization",), [], "organization: is not a known field"),
        ((*MEMBER, "nickname"), "x", "organizations[0].members[1].nickname: is not a known field"),
        ((*KEY, "scopes"), [], "organizations[0].projects[0].api_keys[0].scopes: is not a known field"),
        (("organizations",), {}, "organizations: must be a list, not an object"),
        (("organizations",), None, "organizations: must be a list, not null"),
        (("organizations",), ABSENT, "organizations: is required"),
        (ORG, "org_acme", 'organizations[0]: must be an object, not "org_acme"'),
        (ORG, [], "organizations[0]: must be an object, not a list"),
        ((*ORG, "members"), None, "organizations[0].members: must be a list, not null"),
        ((*ORG, "name"), ABSENT, "organizations[0].name: is required"),
        ((*ORG, "id"), ABSENT, "organizations[0].id: is required"),
        ((*MEMBER, "email"), ABSENT, "organizations[0].members[1].email: is required"),
        ((*MEMBER, "name"), ABSENT, "organizations[0].members[1].name: is required"),
        ((*MEMBER, "role"), ABSENT, "organizations[0].members[1].role: is required"),
        ((*PROJECT, "name"), ABSENT, "organizations[0].projects[0].name: is required"),
        ((*KEY, "description"), ABSENT, "organizations[0].projects[0].api_keys[0].description: is required"),
        ((*KEY, "created_by"), ABSENT, "organizations[0].projects[0].api_keys[0].created_by: is required"),
        ((*MEMBER, "role"), "boss", f'organizations[0].members[1].role: {ROLES}, not "boss"'),
        ((*MEMBER, "role"), "Owner", f'organizations[0].members[1].role: {ROLES}, not "Owner"'),
        ((*MEMBER, "role"), None, f"organizations[0].members[1].role: {ROLES}, not null"),
        ((*MEMBER, "role"), ["owner"], f"organizations[0].members[1].role: {ROLES}, not a list"),
        ((*ORG, "plan"), "gold", 'organizations[0].plan: must be one of free, pro, enterprise, not "gold"'),
        ((*ORG, "status"), "archived", 'organizations[0].status: must be one of active, deleted, not "archived"'),
        (
            (*PROJECT, "status"),
            "deleted",
            'organizations[0].projects[0].status: must be one of active, archived, not "deleted"',
        ),
        (
            (*KEY, "status"),
            True,
            "organizations[0].projects[0].api_keys[0].status: must be one of active, revoked, not true",
        ),
        (
            (*ORG, "time_zone"),
            "Mars/Base",
            'organizations[0].time_zone: must be an IANA time zone such as Europe/Athens, not "Mars/Base"',
        ),
        (
            (*ORG, "time_zone"),
            "utc",
            'organizations[0].time_zone: must be an IANA time zone such as Europe/Athens, not "utc"',
        ),
        (
            (*ORG, "time_zone"),
            "../etc/passwd",
            'organizations[0].time_zone: must be an IANA time zone such as Europe/Athens, not "../etc/passwd"',
        ),
        ((*MEMBER, "email"), "dora", 'organizations[0].members[1].email: must be an e-mail address, not "dora"'),
        ((*MEMBER, "email"), "", 'organizations[0].members[1].email: must be an e-mail address, not ""'),
        ((*MEMBER, "email"), 7, "organizations[0].members[1].email: must be text, not 7"),
        (
            (*MEMBER, "email"),
            "x" * 250 + "@a.test",
            "organizations[0].members[1].email: must have at most 254 characters",
        ),
        ((*ORG, "name"), "  ", "organizations[0].name: must have at least 1 characters"),
        ((*ORG, "name"), "x" * 201, "organizations[0].name: must have at most 200 characters"),
        ((*ORG, "name"), 5, "organizations[0].name: must be text, not 5"),
        (
            (*ORG, "name"),
            "A\x00B",
            'organizations[0].name: must not contain control characters, not "A\\x00B"',
        ),
        ((*ORG, "name"), "A\ud800", "organizations[0].name: must be well-formed Unicode"),
        ((*MEMBER, "password"), "\ud800", "organizations[0].members[1].password: must be well-formed Unicode"),
        ((*MEMBER, "password"), "", f"organizations[0].members[1].password: {SHORT}"),
        ((*MEMBER, "password"), "eleven char", f"organizations[0].members[1].password: {SHORT}"),
        (
            (*MEMBER, "password"),
            "password1234",
            "organizations[0].members[1].password: This password is too common.",
        ),
        (
            (*MEMBER, "password"),
            "940213775802",
            "organizations[0].members[1].password: This password is entirely numeric.",
        ),
        (
            (*MEMBER, "password"),
            "Dora Developer",
            "organizations[0].members[1].password: The password is too similar to the name.",
        ),
        (
            (*MEMBER, "password"),
            "dev@acme.test",
            "organizations[0].members[1].password: The password is too similar to the email.",
        ),
        ((*MEMBER, "password"), 12345678, "organizations[0].members[1].password: must be text, not this one"),
        ((*ORG, "id"), "acme", f'organizations[0].id: must be org_ {MUST}, not "acme"'),
        ((*ORG, "id"), "org_", f'organizations[0].id: must be org_ {MUST}, not "org_"'),
        ((*ORG, "id"), "org_a/b", f'organizations[0].id: must be org_ {MUST}, not "org_a/b"'),
        ((*ORG, "id"), "org_a\n", f'organizations[0].id: must be org_ {MUST}, not "org_a\\n"'),
        ((*PROJECT, "id"), "key_1", f'organizations[0].projects[0].id: must be proj_ {MUST}, not "key_1"'),
        (
            (*KEY, "id"),
            "key_" + "x" * 97,
            f'organizations[0].projects[0].api_keys[0].id: must be key_ {MUST}, not "key_{"x" * 53}..."',
        ),
        (
            (*KEY, "secret"),
            "sk-org-of-thirty-one-characters",
            "organizations[0].projects[0].api_keys[0].secret: must have at least 32 characters",
        ),
        (
            (*KEY, "secret"),
            "sk-org-with space and long enough",
            "organizations[0].projects[0].api_keys[0].secret: must be printable ASCII without spaces, not this one",
        ),
    ],
)
def test_a_mistake_is_named_by_place_value_and_reason(path, value, words):
    assert complaint(changed(path, value)) == words


def test_every_mistake_is_named_at_once():
    data = json.loads(changed((*MEMBER, "role"), "boss"))
    data["organizations"][0]["plan"] = "gold"
    assert [line.split(":")[0] for line in complaint(json.dumps(data).encode()).splitlines()] == [
        "organizations[0].plan",
        "organizations[0].members[1].role",
    ]


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (
            (*ORG, "members"),
            [{"email": email, "name": "Olga", "role": "owner"} for email in ("owner@acme.test", "OWNER@acme.test")],
            "organizations[0].members[1].email: is the same as organizations[0].members[0].email",
        ),
        (
            (*ORG, "projects"),
            [{"id": "proj_a", "name": "A"}, {"id": "proj_a", "name": "B"}],
            "organizations[0].projects[1].id: is the same as organizations[0].projects[0].id",
        ),
        (
            ("organizations",),
            [{"id": "org_a", "name": "A"}, {"id": "org_a", "name": "A"}],
            "organizations[1].id: is the same as organizations[0].id",
        ),
        (
            ("organizations",),
            [
                {"id": "org_a", "name": "A", "projects": [{"id": "proj_a", "name": "A"}]},
                {"id": "org_b", "name": "B", "projects": [{"id": "proj_a", "name": "A"}]},
            ],
            "organizations[1].projects[0].id: is the same as organizations[0].projects[0].id",
        ),
        (
            (*PROJECT, "api_keys"),
            [{"id": "key_1", "description": "x", "created_by": "owner@acme.test"}] * 2,
            "organizations[0].projects[0].api_keys[1].id: is the same as organizations[0].projects[0].api_keys[0].id",
        ),
        (
            (*PROJECT, "api_keys"),
            [
                {"id": f"key_{n}", "description": "x", "created_by": "owner@acme.test", "secret": "k" * 32}
                for n in (1, 2)
            ],
            "organizations[0].projects[0].api_keys[1].secret: is the same as "
            "organizations[0].projects[0].api_keys[0].secret",
        ),
        (
            ("organizations",),
            [
                {"id": "org_a", "name": "A", "members": [{"email": "x@a.test", "name": "X", "role": "owner"}]},
                {"id": "org_b", "name": "B", "members": [{"email": "X@a.test", "name": "Y", "role": "owner"}]},
            ],
            "organizations[1].members[0].name: is not the name that organizations[0].members[0] gives the same address",
        ),
    ],
)
def test_a_file_may_not_contradict_itself(path, value, words):
    assert complaint(changed(path, value)) == words


def test_one_person_may_be_in_two_organizations_of_a_file():
    member = {"email": "x@a.test", "name": "X", "role": "owner"}
    organizations = [{"id": f"org_{n}", "name": "N", "members": [member]} for n in (1, 2)]
    assert len(parse(json.dumps({"organizations": organizations}).encode()).organizations) == 2


@pytest.mark.parametrize("email", ["a@acme.test", "a@shop.example", "root@localhost", "o'neil+x@sub.acme.test"])
def test_addresses_of_test_domains_are_addresses(email):
    assert parse(changed((*MEMBER, "email"), email)).organizations[0].members[1].email == email


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "line 1, column 1: bad JSON: Expecting value"),
        (b'{"organizations": [\n  {"id": }\n]}', "line 2, column 10: bad JSON: Expecting value"),
        (b'{"organizations": []}\n{}', "line 2, column 1: bad JSON: Extra data"),
        (b'{"organizations": [],\n\n}', "line 3, column 1: bad JSON: Expecting property name"),
        (b'{"organizations": NaN}', "the file: bad JSON: NaN is not JSON"),
        (b'{\n"organizations": "\xff"}', "line 2: is not UTF-8"),
        (b"[]", "the file: must be an object, not a list"),
        (b'{"organizations": [], "organizations": []}', "organizations: is given twice"),
        (b'{"organizations": [{"id": "org_a", "id": "org_b"}]}', "organizations[0].id: is given twice"),
        (b'{"\\ud800": 1, "organizations": []}', "the file: must be well-formed Unicode"),
        (b"[" * 100_000, "the file: is nested too deeply"),
        (b'{"organizations": ' + b"[" * 600 + b"]" * 600 + b"}", "organizations[0]: must be an object, not a list"),
        (b'{"organizations": ' + b"9" * 5000 + b"}", "the file: bad JSON: Exceeds the limit (4300 digits)"),
    ],
)  # fmt: skip
def test_what_is_no_workspace_at_all_says_where(content, words):
    assert complaint(content).startswith(words)


def test_a_byte_order_mark_is_no_mistake():
    assert parse(b'\xef\xbb\xbf{"organizations": []}').organizations == []
