"""OTLP in JSON: what nobody reads is let go."""

from analytics.ingest import otlp_json


def test_in_json_what_nobody_reads_is_let_go():
    text = b'{"attributes": [{"key": "gen_ai.prompt", "value": {"stringValue": "x"}}, {"key": "a", "value": 1}]}'
    assert otlp_json.decode(text, frozenset("a")) == {"attributes": [{}, {"key": "a", "value": 1}]}
