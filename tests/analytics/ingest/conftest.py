"""A sender."""

import pytest

from accounts.models import ApiKey
from tests.analytics.usage import SECRET
from tests.kept import kept


@pytest.fixture
@kept
def key(workspace) -> ApiKey:
    """Dora's, of which senders have the SECRET."""
    workspace.dora_key.set_secret(SECRET)
    workspace.dora_key.save()
    return workspace.dora_key
