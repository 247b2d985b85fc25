"""Models as sent have a row each, made once, and no more of them than an organization may bring."""

from threading import Barrier, Thread

import pytest
from django.db import connection

from analytics.ledger import record
from analytics.ledger.model_numbers import NAMELESS, TooManyModelsError, canonical_models, model_numbers
from analytics.models import Model, ModelAlias
from tests.analytics.usage import event

pytestmark = pytest.mark.django_db
AT = "2026-11-17T10:00"


def test_models_are_made_once_and_shared(workspace, foreign_key):
    for key in (workspace.olga_key, foreign_key, workspace.olga_key):
        record.record_events([event(key, AT, provider="azure", model="azure/GPT-5.5:beta")])
    assert list(Model.objects.values_list("provider", "name", "canonical")) == [
        ("azure", "azure/GPT-5.5:beta", "gpt-5.5")
    ]


def test_models_that_are_known_cost_no_statement_more(workspace, django_assert_num_queries):
    names, organization = {("openai", "a"), ("openai", "b")}, workspace.organization.pk
    made = model_numbers(names, organization)
    with django_assert_num_queries(1):
        assert model_numbers(names, organization) == made


@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_bring_exactly_as_many_new_models_as_are_left(workspace, settings):
    settings.QUOTA_NEW_MODELS = 40
    together = Barrier(16)

    def writer(number: int) -> None:
        together.wait(30)
        try:
            model_numbers({("p", f"m-{(number // 2) * 6 + n}") for n in range(6)}, workspace.organization.pk)
        except TooManyModelsError:
            pass
        finally:
            connection.close()

    threads = [Thread(target=writer, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Model.objects.count() == 40


def test_each_model_has_the_number_of_its_own_row():
    found = model_numbers({("openai", "a"), ("azure", "a"), ("openai", "b")})
    rows = {(model.provider, model.name): model.pk for model in Model.objects.all()}
    assert found == rows
    assert len(set(found.values())) == 3
    assert model_numbers({("azure", "a")}) == {("azure", "a"): rows["azure", "a"]}


def test_what_names_nothing_has_no_row(django_assert_num_queries):
    assert model_numbers({NAMELESS, ("openai", "a")})[NAMELESS] == 0
    assert Model.objects.count() == 1
    with django_assert_num_queries(0):
        assert model_numbers(set()) == {}


def test_of_too_many_new_models_those_that_are_left_are_made_and_the_others_named(workspace, settings):
    settings.QUOTA_NEW_MODELS = 2
    organization, names = workspace.organization.pk, {("openai", name) for name in "abcd"}
    with pytest.raises(TooManyModelsError) as refused:
        model_numbers(names, organization)
    assert refused.value.names == {("openai", "c"), ("openai", "d")}
    assert set(Model.objects.values_list("name", flat=True)) == {"a", "b"}
    assert model_numbers({("openai", "a"), ("openai", "b")}, organization).keys() == names - refused.value.names


def test_a_quota_is_its_organizations_own_and_none_is_asked_of_who_names_none(workspace, foreign_key, settings):
    settings.QUOTA_NEW_MODELS = 1
    model_numbers({("openai", "a")}, workspace.organization.pk)
    model_numbers({("openai", "b")}, foreign_key.project.organization_id)
    assert model_numbers({("openai", "c"), ("openai", "d")}).keys() == {("openai", "c"), ("openai", "d")}
    with pytest.raises(TooManyModelsError):
        model_numbers({("openai", "e")}, workspace.organization.pk)


def test_an_alias_says_what_a_model_is_and_what_has_no_row_is_left_out():
    model_numbers({("openai", "azure/GPT-5.5:beta"), ("openai", "house"), ("azure", "house")})
    ModelAlias.objects.create(provider="openai", name="house", canonical="gpt-4o")
    asked = [("openai", "azure/GPT-5.5:beta"), ("openai", "house"), ("azure", "house"), ("openai", "none")]
    assert canonical_models(asked) == {
        ("openai", "azure/GPT-5.5:beta"): "gpt-5.5",
        ("openai", "house"): "gpt-4o",
        ("azure", "house"): "house",
    }
