"""The schemas: what an object must have, and that nothing else may be in a closed one."""

import pytest

from analytics.api.schemas import SCHEMAS, TEXT, record, ref


def test_an_object_needs_all_but_what_is_named_optional():
    schema = record({"id": TEXT, "note": TEXT}, "note")
    assert (schema["required"], schema["additionalProperties"]) == (["id"], False)
    assert record({}, closed=False)["additionalProperties"] is True


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_is_required_is_described(name):
    schema = SCHEMAS[name]
    assert set(schema["required"]) <= set(schema["properties"])
    assert ref(name) == {"$ref": f"#/components/schemas/{name}"}
