"""How many there are of something, where it can be thousands."""

from datetime import timedelta

import pytest
from django.test import Client

from analytics.ledger import record
from tests.analytics.usage import event
from tests.browsers import enter

pytestmark = pytest.mark.django_db


def test_counts_of_thousands_have_separators(workspace, olga, now):
    day = now - timedelta(days=1)
    record.record_events([event(workspace.olga_key, day, model=f"m{n:04}") for n in range(1_010)])
    client = enter(Client(), olga.user)
    page = " ".join(client.get("/organizations/org_acme/analytics/?q=m1").content.decode().split())
    for said in ("Top 8 of 1,010", "10 of 1,010 models"):
        assert said in page
    assert "1–25 of 1,010" in client.get("/organizations/org_acme/analytics/").content.decode()
