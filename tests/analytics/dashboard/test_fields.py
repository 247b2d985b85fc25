"""What the columns of a CSV are called."""

from analytics.dashboard.fields import column_field, group_head
from analytics.metrics import DIMENSIONS
from analytics.reporting.columns import EVERY

FIELDS = {column.key: column_field(column) for column in EVERY}


def test_every_column_has_a_name_of_its_own_in_plain_letters():
    assert len(set(FIELDS.values())) == len(EVERY)
    assert all(field.replace("_", "").isalnum() and field.islower() for field in FIELDS.values())


def test_a_column_of_money_or_of_a_share_says_its_unit():
    assert (FIELDS["cost"], FIELDS["costPer1M"], FIELDS["share"]) == ("cost_usd", "cost_per_1m_usd", "share_percent")
    assert (FIELDS["requests"], FIELDS["inputTokens"]) == ("requests", "input_tokens")


def test_a_group_is_named_by_its_id_and_its_label():
    assert [group_head(dimension) for dimension in DIMENSIONS.values()] == [
        ("model_id", "model"),
        ("project_id", "project"),
        ("apiKey_id", "apiKey"),
        ("member_id", "member"),
    ]
