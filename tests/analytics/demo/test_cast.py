"""Who and what is in the demo: names that are told apart, and nothing that is not there."""

from decimal import Decimal

import pytest

from accounts.plans import Plan
from analytics.demo.cast import ALIAS, COMPANIES, MODELS, NORTHWIND, REPLACED, REPLACEMENT, VISITORS
from analytics.demo.traffic import DAYS

KEYS = [(company, key) for company in COMPANIES for project in company.projects for key in project.keys]
IDLE = [(company, key) for company in COMPANIES for project in company.projects for key in project.idle]


@pytest.mark.parametrize(
    "names",
    [
        [company.slug for company in COMPANIES],
        [project.slug for company in COMPANIES for project in company.projects],
        [key.description for _, key in KEYS + IDLE],
    ],
    ids=["companies", "projects", "keys"],
)
def test_public_ids_are_made_of_names_that_are_told_apart(names):
    assert len(names) == len(set(names))


def test_every_key_is_made_by_a_member_and_sends_models_that_there_are():
    for company, key in KEYS + IDLE:
        assert key.creator in {email for email, _, _ in company.members}, key.description
        assert set(key.models) <= set(MODELS), key.description


def test_every_key_in_use_has_models_and_tokens_and_every_idle_one_nothing():
    assert [key.description for _, key in KEYS if not (key.rate > 0 and key.models and key.tokens[0])] == []
    assert [key.description for _, key in IDLE if key.rate or key.models or any(key.tokens)] == []


def test_days_are_within_the_thirteen_months_and_what_is_revoked_is_not_used_today():
    for _, key in KEYS:
        assert 0 <= key.last_day_ago < (key.first_day_ago or DAYS) <= DAYS, key.description
        assert not key.revoked or key.last_day_ago > 0, key.description


def test_each_plan_has_a_company_and_each_company_an_owner():
    assert {company.plan for company in COMPANIES} == {plan.value for plan in Plan}
    assert [[role for *_, role in company.members].count("owner") for company in COMPANIES] == [1, 1, 1]


def test_visitors_are_people_of_the_demo_and_are_told_of_their_companies():
    for email, sees in VISITORS:
        companies = [company for company in COMPANIES if email in {one for one, _, _ in company.members}]
        assert companies
        assert [company.name for company in companies if company.name not in sees] == []


def test_what_a_model_costs_is_all_said_or_nothing_and_the_cache_is_never_dearer():
    priced = {name: sent.prices for name, sent in MODELS.items() if sent.prices}
    assert {type(price) for prices in priced.values() for price in prices} == {Decimal}
    assert [name for name, (new, cached, output) in priced.items() if not 0 < cached <= new <= output] == []


def test_the_alias_is_of_a_name_that_somebody_sends():
    sent = {(MODELS[model].provider, MODELS[model].name) for _, key in KEYS for model in key.models}
    provider, name, canonical = ALIAS
    assert (provider, name) in sent
    assert canonical in {other for _, other in sent}


def test_the_model_that_was_replaced_is_used_by_nobody_who_still_calls():
    assert {REPLACED, REPLACEMENT} <= set(MODELS)
    assert [key.description for _, key in KEYS if REPLACED in key.models and not key.revoked] == []


def test_a_person_has_one_name_everywhere():
    names = {(email, name) for company in COMPANIES for email, name, _ in company.members}
    assert len({email for email, _ in names}) == len(names)


def test_the_large_company_has_what_its_pages_show():
    keys = [key for company, key in KEYS if company is NORTHWIND]
    assert any(project.spike for project in NORTHWIND.projects)
    assert any(key.failing for key in keys)
    assert [project.name for project in NORTHWIND.projects if project.archived] == ["Legacy Translator"]
