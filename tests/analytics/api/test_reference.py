"""The API reference: every address and schema of the OpenAPI document, readable by anyone."""

import pytest

from analytics.api.openapi import document
from analytics.api.reference import kind

pytestmark = pytest.mark.django_db


def test_every_address_parameter_and_schema_of_the_document_stands_on_the_page(client):
    page = client.get("/help/api/").content.decode()
    described = document()
    for path, methods in described["paths"].items():
        for method in methods.keys() - {"head"}:
            assert f"<code>{method.upper()} {path}</code></h2>" in page
    for parameter in described["paths"]["/analytics/activity"]["get"]["parameters"]:
        assert f"<code>{parameter['name']}</code>" in page
    for name, schema in described["components"]["schemas"].items():
        assert f'id="{name}"' in page
        assert all(f"<code>{field}</code>" in page for field in schema.get("properties", {}))


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": ["string", "null"], "format": "date-time"}, "string (date-time) or null"),
        ({"anyOf": [{"$ref": "#/components/schemas/Event"}, {"type": "integer"}]}, "Event or integer"),
        ({"const": True}, "True"),
        (True, "anything"),
    ],
)
def test_a_schema_is_said_in_a_few_words(schema, words):
    assert kind(schema) == words
