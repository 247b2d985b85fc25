"""`/help/api/`: the OpenAPI document as a page that people read. It says nothing that the document does not say."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from accounts.access import prepare_shell
from accounts.navigation import PageRequest
from analytics.api.openapi import document
from analytics.api.schemas import Schema
from orgdash.version import VERSION

_SECURITY = {
    "session": "signed in, by the session's cookie",
    "accessToken": "an access token, as Authorization: Bearer",
    "apiKey": "an API key's secret, as Authorization: Bearer",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter, or one field of a body."""

    name: str
    kind: str
    required: bool
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One address and method. `body` and `answer` name schemas, each as (words, link to it or "")."""

    anchor: str
    method: str
    path: str
    summary: str
    security: tuple[str, ...]
    parameters: tuple[Field, ...]
    body_text: str
    body: tuple[tuple[str, str], ...]
    answer: tuple[tuple[str, str], ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class NamedSchema:
    """One schema of the document."""

    name: str
    text: str
    fields: tuple[Field, ...]


def api_help(request: PageRequest) -> HttpResponse:
    """Anyone may read it; who is signed in reads it inside the frame."""
    prepare_shell(request)
    described = document()
    schemas = sorted(described["components"]["schemas"].items())
    context = {
        "operations": _operations(described["paths"]),
        "shapes": tuple(_named_schema(name, schema) for name, schema in schemas),
        "address": f"{request.scheme}://{request.get_host()}",
        "version": VERSION,
    }
    return render(request, "analytics/api_help.html", context)


def _operations(paths: dict[str, Any]) -> tuple[Operation, ...]:
    """HEAD is GET without a body; it is not written a second time."""
    return tuple(
        _operation(path, method, operation)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if method != "head"
    )


def _operation(path: str, method: str, said: dict[str, Any]) -> Operation:
    body, responses = said.get("requestBody", {}), said["responses"]
    return Operation(
        anchor=f"{method}{path.replace('/', '-').replace('.', '-')}",
        method=method.upper(),
        path=path,
        summary=said["summary"],
        security=tuple(_SECURITY[name] for requirement in said["security"] for name in requirement),
        parameters=tuple(_parameter(parameter) for parameter in said.get("parameters", ())),
        body_text=body.get("description", ""),
        body=_named(body.get("content", {})),
        answer=_named(responses["200"].get("content", {})),
        answers=tuple(Answer(status, answer["description"]) for status, answer in responses.items()),
    )


def _parameter(said: dict[str, Any]) -> Field:
    return Field(said["name"], kind(said["schema"]), said["required"], said["description"])


def _named(content: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What a body may be: each media type and its schema."""
    return tuple((f"{media}: {kind(body['schema'])}", _anchor(body["schema"])) for media, body in content.items())


def _anchor(schema: Schema) -> str:
    """The first schema of the document that is named in it."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    inner = [*schema.get("anyOf", ()), *([schema["items"]] if isinstance(schema.get("items"), dict) else ())]
    return next((name for part in inner if (name := _anchor(part))), "")


def kind(schema: Any) -> str:
    """A schema in a few words.

    >>> kind({"type": "array", "items": {"$ref": "#/components/schemas/Event"}}), kind({"enum": ["day", "hour"]})
    ('list of Event', 'day or hour')
    """
    if not isinstance(schema, dict):
        return "anything"
    if several := schema.get("anyOf") or schema.get("oneOf"):
        return _either([kind(part) for part in several])
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items'))}"
    named = (
        schema["$ref"].rsplit("/", 1)[-1] if "$ref" in schema else schema.get("const", schema.get("type", "anything"))
    )
    words = [str(word) for word in schema.get("enum") or (named if isinstance(named, list) else [named])]
    return _either(
        [f"{word} ({schema['format']})" if word == "string" and "format" in schema else word for word in words]
    )


def _either(said: list[str]) -> str:
    words = list(dict.fromkeys(said))
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)


def _named_schema(name: str, schema: Schema) -> NamedSchema:
    required = schema.get("required", ())
    fields = tuple(
        Field(field, kind(kept), field in required, kept.get("description", "") if isinstance(kept, dict) else "")
        for field, kept in schema.get("properties", {}).items()
    )
    return NamedSchema(name, schema.get("description", "") or ("" if fields else kind(schema)), fields)
