"""Usage whose groups are of every kind."""

from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import Organization
from analytics.models import Model
from tests.analytics.usage import use
from tests.factories import ApiKeyFactory, ProjectFactory
from tests.kept import kept


@pytest.fixture
@kept
def three_projects(workspace) -> Organization:
    """Three projects and three models on some of seven days, and a key whose project and own record are gone."""
    gone = [ApiKeyFactory(project=ProjectFactory(organization=workspace.organization)) for _ in range(2)]
    for number, key in enumerate((workspace.olga_key, workspace.search_key, *gone)):
        for day in range(10, 17, 1 + number % 2):
            use(key, f"2026-11-{day}T10:00", model=f"model-{number % 3}", cost=Decimal(number + day) / 7)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_apikey WHERE id = ANY(%s)", [[key.pk for key in gone]])
        cursor.execute("DELETE FROM accounts_project WHERE id = ANY(%s)", [[key.project_id for key in gone]])
    Model.objects.filter(name="model-2").update(canonical="model-1")
    return workspace.organization
