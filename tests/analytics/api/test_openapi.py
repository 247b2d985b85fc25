"""The OpenAPI document says what the code does: its addresses, methods and fields. Answers: tests/clients."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from analytics.api.openapi import document
from analytics.ingest.event_rules import Draft

DOCUMENT = document()


def patterns(resolver: URLResolver, before: str = "") -> list[tuple[str, URLPattern]]:
    found: list[tuple[str, URLPattern]] = []
    for pattern in resolver.url_patterns:
        here = before + str(pattern.pattern)
        found += patterns(pattern, here) if isinstance(pattern, URLResolver) else [(here, pattern)]
    return found


ENDPOINTS = {
    f"/{path}": pattern.callback.methods
    for path, pattern in patterns(get_resolver())
    if hasattr(pattern.callback, "methods")
}


@pytest.mark.parametrize("path", ENDPOINTS)
def test_every_endpoint_is_described_with_its_methods(path):
    assert {method.upper() for method in DOCUMENT["paths"][path]} == set(ENDPOINTS[path])


@pytest.mark.parametrize("path", DOCUMENT["paths"])
def test_every_described_address_is_there(path):
    assert resolve(path)


def test_the_edition_of_the_price_catalogue_is_named():
    assert DOCUMENT["info"]["x-price-catalogue"] == {"package": "genai-prices", "version": "0.2.3"}


def test_an_event_has_the_fields_that_are_checked():
    event = DOCUMENT["components"]["schemas"]["Event"]
    assert list(event["properties"]) == [name for name in Draft.model_fields if name != "ties"]
    required = [name for name, field in Draft.model_fields.items() if field.is_required()]
    assert event["required"] == [name for name in required if name != "api_key"]
    defaults = {name: one["default"] for name, one in event["properties"].items() if "default" in one}
    assert defaults == {
        name: field.default
        for name, field in Draft.model_fields.items()
        if field.default is not None and not field.is_required() and name != "ties"
    }


def references(value: object) -> set[str]:
    match value:
        case {"$ref": target}:
            return {target}
        case dict():
            return set().union(*map(references, value.values()))
        case list():
            return set().union(*map(references, value))
    return set()


def test_every_schema_is_used_and_every_reference_leads_to_one():
    named = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert references(DOCUMENT) == named


def test_anyone_may_read_it():
    response = Client().get("/api/openapi.json")
    assert (response.status_code, response.json()) == (200, DOCUMENT)


@pytest.mark.parametrize("path", ["/api/openapi.json", "/healthz", "/readyz", "/analytics/time-zones.json"])
@pytest.mark.parametrize("method", ["post", "put", "delete", "trace"])
def test_what_is_only_read_answers_no_other_method(path, method, db):
    response = getattr(Client(enforce_csrf_checks=True), method)(path)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
