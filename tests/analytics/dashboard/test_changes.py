"""What changed: the parts sum exactly to the card's change, largest first; new and vanished groups are named."""

from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.dashboard.changes import SHOWN
from analytics.ledger import record
from analytics.models import Price
from tests.analytics.usage import event, use
from tests.browsers import enter
from tests.kept import kept

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("history")]

URL = "/organizations/org_acme/analytics/"


@pytest.fixture
@kept
def client(olga) -> Client:
    return enter(Client(), olga.user)


@pytest.fixture
def days(now):
    """A day of the window, and one of the window before."""
    return now - timedelta(days=1), now - timedelta(days=8)


def changes(client, query=""):
    return client.get(f"{URL}?{query}").context["page"].changes


def text(client, query="") -> str:
    return " ".join(unescape(client.get(f"{URL}?{query}").content.decode()).split())


def rows(found) -> list[tuple]:
    return [(row.group.label, row.amount, row.news) for row in found.rows]


def test_the_largest_parts_come_first_and_new_and_vanished_groups_are_named(client, workspace, days):
    after, before = days
    for model, was, now in (("steady", 5, 5), ("risen", 1, 4), ("fallen", 9, 7), ("new", None, 6), ("gone", 8, None)):
        for day, cost in ((before, was), (after, now)):
            record.record_events([event(workspace.olga_key, day, model=model, cost=Decimal(cost))] if cost else [])
    found = changes(client)
    assert rows(found) == [("gone", -8, "No longer used"), ("new", 6, "New"), ("risen", 3, ""), ("fallen", -2, "")]
    assert (found.total.before, found.total.now, found.total.amount) == (23, 22, -1)
    assert [row.width for row in found.rows] == [100, 75, Decimal("37.5"), 25]
    page = text(client)
    assert '<span class="badge">No longer used</span>' in page
    assert '$8.00 <span aria-hidden="true">→</span>' in page
    assert ">−$8.00<" in page
    assert ">+$6.00<" in page


def test_a_vanished_group_keeps_its_label_its_status_and_its_link(client, workspace, days, now):
    use(workspace.olga_key, days[0])
    use(workspace.dora_key, days[1], cost=Decimal(3))
    workspace.dora_key.revoked_at = now
    workspace.dora_key.save()
    (gone, _) = changes(client, "groupBy=apiKey").rows
    assert (gone.group.label, gone.group.status, gone.news) == ("Chat staging", "revoked", "No longer used")
    assert "?apiKey=key_dora&groupBy=model" in text(client, "groupBy=apiKey").replace(
        "groupBy=model&apiKey=key_dora", "?apiKey=key_dora&groupBy=model"
    )


@pytest.mark.parametrize(
    ("count", "named", "last"), [(8, 8, "m00"), (9, 9, "m00"), (10, 9, "Other (2)"), (30, 9, "Other (22)")]
)
def test_the_long_tail_is_one_row_and_a_single_one_is_named(client, workspace, days, count, named, last):
    record.record_events(
        [event(workspace.olga_key, days[0], model=f"m{n:02}", cost=Decimal(n + 1)) for n in range(count)]
    )
    use(workspace.olga_key, days[1], model="m00", cost=Decimal("0.5"))
    found = changes(client)
    assert SHOWN == 8
    assert (len(found.rows), found.rows[-1].group.label) == (named, last)
    assert sum(row.amount for row in found.rows) == found.total.amount


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["cost", "requests", "tokens"])
@pytest.mark.parametrize("group_by", ["model", "project", "apiKey", "user"])
def test_the_parts_sum_exactly_to_the_cards_change(client, workspace, days, metric, group_by):
    keys = [workspace.olga_key, workspace.dora_key, workspace.search_key]
    numbers = st.tuples(
        st.sampled_from(keys),
        st.sampled_from(days),
        st.integers(0, 14).map("m{}".format),
        st.none() | st.integers(0, 10**15).map(lambda number: Decimal(number).scaleb(-12)),
        st.integers(0, 10**6),
    )

    @settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
    @given(used=st.lists(numbers, min_size=1, max_size=40))
    def check(used):
        record.record_events(
            [event(key, day, model=model, cost=cost, input_tokens=n) for key, day, model, cost, n in used]
        )
        page = client.get(f"{URL}?metric={metric}&groupBy={group_by}").context["page"]
        card = next(card for card in page.cards if card.metric.key == metric)
        assert sum(row.amount for row in page.changes.rows) == card.change.current - card.change.reference
        assert page.changes.total.amount == card.change.current - card.change.reference
        assert 0 not in [row.amount for row in page.changes.rows if not row.group.others]

    check()


@pytest.mark.parametrize(
    ("compare", "used", "said"),
    [
        ("previous", (True, False), "No usage in the previous 7 days, so everything here is new."),
        ("year", (True, False), "No usage a year earlier, so everything here is new."),
        ("previous", (True, True), "Nothing changed: in the previous 7 days every model had the same cost."),
    ],
)
def test_no_change_and_nothing_before_are_said_in_words(client, workspace, days, compare, used, said):
    for day, wanted in zip(days, used, strict=True):
        record.record_events([event(workspace.olga_key, day)] if wanted else [])
    assert said in text(client, f"compare={compare}")


def test_one_sentence_says_why_the_cost_changed(client, workspace, days):
    after, before = days
    for day, model, tokens, cost in (
        (before, "small", 10_000_000, 10),
        (before, "large", 10_000_000, 40),
        (after, "small", 10_000_000, 12),
        (after, "large", 20_000_000, 80),
    ):
        use(workspace.olga_key, day, model=model, input_tokens=tokens, output_tokens=0, cost=Decimal(cost))
    said = "+$42.00: $25.00 more tokens, $15.00 a dearer mix of models, $2.00 a higher rate."
    assert said in text(client)
    assert said in text(client, "groupBy=project")
    use(workspace.olga_key, after, model="small", cost=None)
    assert "1 request is not priced, so it has no part in this." in text(client, "groupBy=model")
    assert "a dearer mix" not in text(client, "metric=tokens")


def use_by_two_projects(workspace, days) -> None:
    """The example of the docs: what the whole calls a dearer mix is that a row with a dear model grew."""
    after, before = days
    for day, key, model, tokens, cost in (
        (before, workspace.olga_key, "small", 10_000_000, 10),
        (before, workspace.olga_key, "large", 5_000_000, 20),
        (before, workspace.search_key, "large", 5_000_000, 20),
        (after, workspace.olga_key, "small", 10_000_000, 12),
        (after, workspace.olga_key, "large", 5_000_000, 20),
        (after, workspace.search_key, "large", 15_000_000, 60),
    ):
        use(key, day, model=model, input_tokens=tokens, output_tokens=0, cost=Decimal(cost))


def test_each_row_says_why_where_it_is_asked(client, workspace, days):
    use_by_two_projects(workspace, days)
    query = "groupBy=project&range=7d&compare=previous"
    assert [row.why for row in changes(client, query).rows] == ["", ""]
    page = text(client, query)
    assert f'href="{URL}?range=7d&groupBy=project&compare=previous&why=rows"' in page
    assert "$25.00 more tokens, $15.00 a dearer mix of models, $2.00 a higher rate." in page
    asked = f"{query}&why=rows"
    assert [row.why for row in changes(client, asked).rows] == ["$40.00 more tokens", "$2.00 a higher rate"]
    page = text(client, asked)
    assert '<td colspan="4"><span class="visually-hidden">Why: </span>$40.00 more tokens</td>' in page
    assert f'href="{URL}?range=7d&groupBy=project&compare=previous"' in page
    assert [row.why for row in changes(client, f"{asked}&metric=tokens").rows] == [""]


def test_other_says_why_and_what_is_new_or_gone_says_no_more(client, workspace, days):
    after, before = days
    for number in range(11):
        for day, tokens in ((before, 1_000_000), (after, 2_000_000)):
            cost = Decimal((number + 1) * tokens) / 1_000_000
            use(workspace.olga_key, day, model=f"m{number}", input_tokens=tokens, output_tokens=0, cost=cost)
    use(workspace.olga_key, after, model="new", cost=Decimal(99))
    use(workspace.olga_key, before, model="gone", cost=Decimal(98))
    rows = changes(client, "why=rows").rows
    assert [row.news for row in rows[:2]] == ["New", "No longer used"]
    assert [row.why for row in rows[:3]] == ["", "", "$11.00 more tokens"]
    assert (rows[-1].group.label, rows[-1].why) == ("Other (5)", "$15.00 more tokens")


def test_why_a_million_tokens_cost_more_has_no_volume(client, workspace, days):
    after, before = days
    for day, model, tokens, cost in ((before, "small", 3, 3), (before, "large", 1, 5), (after, "large", 2, 12)):
        use(workspace.olga_key, day, model=model, input_tokens=tokens * 10**6, output_tokens=0, cost=Decimal(cost))
    page = text(client, "metric=costPerMillion")
    assert "+$4.00 per 1M tokens: $3.00 a dearer mix of models, $1.00 a higher rate." in page
    assert "Before and now" not in page


def test_more_cache_is_named_where_a_list_knows_the_model(client, workspace, days):
    after, before = days
    Price.objects.create(
        provider="openai",
        model="house-model",
        valid_from=date(2026, 1, 1),
        input_usd_per_1m=2,
        cached_input_usd_per_1m=Decimal("0.2"),
        output_usd_per_1m=8,
    )
    same = {"model": "house-model", "input_tokens": 10_000_000, "output_tokens": 0}
    use(workspace.olga_key, before, cost=Decimal(20), **same)
    use(workspace.olga_key, after, cost=Decimal(11), cached_input_tokens=5_000_000, **same)
    assert "−$9.00: −$9.00 a lower rate, by more cache." in text(client)


def test_without_comparison_there_is_no_such_panel(client, workspace, days):
    use(workspace.olga_key, days[0])
    assert changes(client, "compare=none") is None
    assert "What changed" not in text(client, "compare=none")


def test_where_all_usage_ended_its_end_is_shown(client, workspace, days):
    use(workspace.olga_key, days[1])
    page = text(client)
    assert "No longer used" in page


def test_what_has_no_price_is_no_part_of_a_change_of_cost(client, workspace, days):
    use(workspace.olga_key, days[0], model="free", cost=None)
    use(workspace.olga_key, days[0], model="paid", cost=Decimal(2))
    use(workspace.olga_key, days[1], model="paid", cost=Decimal(1))
    assert rows(changes(client)) == [("paid", 1, "")]
    assert rows(changes(client, "metric=requests")) == [("free", 1, "New")]
