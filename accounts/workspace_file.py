"""The workspace file as text: read, checked against itself, and every mistake named by its place. No database."""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator
from pydantic import ValidationError as SchemaError
from pydantic_core import ErrorDetails, PydanticCustomError

from accounts.models import PUBLIC_ID_LENGTH, User, is_public_id, validate_time_zone


@dataclass(frozen=True, slots=True)
class Problem:
    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class WorkspaceError(Exception):
    """The file changes nothing; `problems` say where and why."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def _printable(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ValueError("must not contain control characters")
    return text


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise ValueError("must be an e-mail address") from None
    return text.lower()


def _zone(text: str) -> str:
    try:
        validate_time_zone(text)
    except ValidationError:
        raise ValueError("must be an IANA time zone such as Europe/Athens") from None
    return text


def _id(prefix: str) -> AfterValidator:
    def check(text: str) -> str:
        if not text.startswith(prefix) or text == prefix or not is_public_id(text):
            raise ValueError(
                f"must be {prefix} and then letters, digits or . _ ~ - (at most {PUBLIC_ID_LENGTH} characters in all)"
            )
        return text

    return AfterValidator(check)


def _secret(text: str) -> str:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be printable ASCII without spaces")
    return text


_Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_printable)
]
_Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_email)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    def said(self, *fields: str, new: bool) -> dict[str, Any]:
        """These fields as the file gives them. The defaults are for what is new; elsewhere, unsaid means unchanged."""
        return {field: getattr(self, field) for field in fields if new or field in self.model_fields_set}


class KeyEntry(_Strict):
    id: Annotated[str, _id("key_")]
    description: _Name
    created_by: _Email
    status: Literal["active", "revoked"] = "active"
    secret: Annotated[str, Field(min_length=32, max_length=200), AfterValidator(_secret)] | None = None


class ProjectEntry(_Strict):
    id: Annotated[str, _id("proj_")]
    name: _Name
    status: Literal["active", "archived"] = "active"
    api_keys: list[KeyEntry] = []


class MemberEntry(_Strict):
    email: _Email
    name: _Name
    role: Literal["owner", "admin", "developer"]
    password: Annotated[str, Field(max_length=4096)] | None = None

    @field_validator("password")
    @classmethod
    def _good(cls, password: str | None, known: ValidationInfo) -> str | None:
        """As where people set their own, also where the file's is not needed: what it would set is in the file."""
        person = User(email=known.data.get("email", ""), name=known.data.get("name", ""))
        try:
            if password is not None:
                validate_password(password, person)
        except ValidationError as error:
            raise PydanticCustomError("password", "{reasons}", {"reasons": " ".join(error.messages)}) from None
        return password


class OrganizationEntry(_Strict):
    id: Annotated[str, _id("org_")]
    name: _Name
    plan: Literal["free", "pro", "enterprise"] = "free"
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    status: Literal["active", "deleted"] = "active"
    members: list[MemberEntry] = []
    projects: list[ProjectEntry] = []


class WorkspaceFile(_Strict):
    organizations: list[OrganizationEntry]


def parse(content: bytes) -> WorkspaceFile:
    """The file, whole and free of contradictions, or WorkspaceError with every problem found."""
    try:
        data = _decode(content)
        repeated_fields = list(_repeated_fields(data))
    except RecursionError:
        raise WorkspaceError(Problem("the file", "is nested too deeply")) from None
    if repeated_fields:
        raise WorkspaceError(*repeated_fields)
    try:
        file = WorkspaceFile.model_validate(data)
    except SchemaError as error:
        raise WorkspaceError(*map(_problem, error.errors())) from None
    if contradictions := [*_repeated_entries(file), *_people_with_two_names(file)]:
        raise WorkspaceError(*contradictions)
    return file


# The file against itself

Entry = TypeVar("Entry")


def numbered(entries: Iterable[Entry], place: str) -> Iterator[tuple[str, Entry]]:
    """Each entry with its place: `organizations[0].members[1]`."""
    return ((f"{place}[{index}]", entry) for index, entry in enumerate(entries))


def _repeated_entries(file: WorkspaceFile) -> Iterator[Problem]:
    """Whatever must be told apart: ids and secrets in the whole file, addresses in one organization."""
    seen: dict[object, str] = {}
    for place, value, scope in _names(file):
        first = seen.setdefault((scope, value), place)
        if first != place:
            yield Problem(place, f"is the same as {first}")


def _names(file: WorkspaceFile) -> Iterator[tuple[str, str, str]]:
    for at, organization in numbered(file.organizations, "organizations"):
        yield f"{at}.id", organization.id, "id"
        for at_member, member in numbered(organization.members, f"{at}.members"):
            yield f"{at_member}.email", member.email, at
        for at_project, project in numbered(organization.projects, f"{at}.projects"):
            yield f"{at_project}.id", project.id, "id"
            for at_key, key in numbered(project.api_keys, f"{at_project}.api_keys"):
                yield f"{at_key}.id", key.id, "id"
                if key.secret is not None:
                    yield f"{at_key}.secret", key.secret, "secret"


def _people_with_two_names(file: WorkspaceFile) -> Iterator[Problem]:
    """One address is one person with one name; two would overwrite each other on every run."""
    seen: dict[str, tuple[str, str]] = {}
    for at, organization in numbered(file.organizations, "organizations"):
        for at_member, member in numbered(organization.members, f"{at}.members"):
            first, name = seen.setdefault(member.email, (at_member, member.name))
            if name != member.name:
                yield Problem(f"{at_member}.name", f"is not the name that {first} gives the same address")


# JSON


class _Object(dict[str, Any]):
    """A JSON object that remembers the fields given twice, of which json would silently keep the last."""

    repeated: tuple[str, ...] = ()


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    made = _Object(pairs)
    times = Counter(name for name, _ in pairs)
    made.repeated = tuple(name for name in made if times[name] > 1)
    return made


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _decode(content: bytes) -> Any:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise WorkspaceError(Problem(f"line {line}", "is not UTF-8")) from None
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise WorkspaceError(Problem(f"line {error.lineno}, column {error.colno}", f"bad JSON: {error.msg}")) from None
    except ValueError as error:
        raise WorkspaceError(Problem("the file", f"bad JSON: {error}")) from None


def _repeated_fields(value: Any, place: str = "") -> Iterator[Problem]:
    if isinstance(value, _Object):
        for name in value.repeated:
            yield Problem(_join(place, name), "is given twice")
        for name, inner in value.items():
            yield from _repeated_fields(inner, _join(place, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _repeated_fields(inner, f"{place}[{index}]")


# Words


def _join(place: str, name: str) -> str:
    return f"{place}.{_shown(name)}" if place else _shown(name)


def _shown(text: str) -> str:
    """Short, and free of what a terminal or a log cannot take."""
    return (text if len(text) <= 60 else text[:57] + "...").encode("unicode_escape").decode()


def _value(value: Any) -> str:
    if isinstance(value, str):
        return f'"{_shown(value)}"'
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "an object"
    return _shown(json.dumps(value))


_WORDS = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "string_type": "must be text, not {value}",
    "string_unicode": "must be well-formed Unicode",
    "list_type": "must be a list, not {value}",
    "model_type": "must be an object, not {value}",
    "literal_error": "must be one of {choices}, not {value}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "value_error": "{error}, not {value}",
    "password": "{reasons}",
}
_NEVER_SHOWN = ("password", "secret")


def _problem(error: ErrorDetails) -> Problem:
    place = ""
    for step in error["loc"]:
        place = f"{place}[{step}]" if isinstance(step, int) else _join(place, step)
    context = dict(error.get("ctx", {}))
    context["choices"] = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
    hidden = error["loc"] and error["loc"][-1] in _NEVER_SHOWN
    context["value"] = "this one" if hidden else _value(error["input"])
    return Problem(place or "the file", _WORDS[error["type"]].format_map(context))
