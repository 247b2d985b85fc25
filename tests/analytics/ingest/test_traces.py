"""Real traffic: the Azure traces of 2023, to the last token and cent; also after a kill -9 half-way.

They are read from TRACES_DIR, by default ../shared/data, and are no part of this repository.
"""

import os
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from analytics.ledger import differences
from analytics.metrics import DIMENSIONS
from analytics.models import DailyUsage, Request
from tests.analytics.processes import started, wait_until
from tests.servers import ROOT

pytestmark = pytest.mark.slow

DIRECTORY = Path(os.environ.get("TRACES_DIR") or ROOT / "../shared/data").resolve()
OPTIONS = ["--format=azure-csv", "--api-key=key_olga", "--model=gpt-5.5", "--provider=azure"]
PRICES = ["--input-usd-per-1m=30", "--output-usd-per-1m=60"]
FIGURES = {
    "azure-llm-trace-2023-code.csv": (8_819, 18_059_974, 245_896, Decimal("556.55298")),
    "azure-llm-trace-2023-conv.csv": (19_366, 22_361_870, 4_088_665, Decimal("916.17600")),
}
TRACES = [
    pytest.param(
        DIRECTORY / name,
        figures,
        id=name,
        marks=pytest.mark.skipif(not (DIRECTORY / name).exists(), reason=f"{DIRECTORY / name} is not there"),
    )
    for name, figures in FIGURES.items()
]


def figures_of(project) -> tuple:
    row = DailyUsage.objects.get(dimension=DIMENSIONS["project"].number, key=project.pk)
    return row.request_count, row.input_tokens, row.output_tokens, row.cost


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "figures"), TRACES)
def test_a_trace_gives_its_known_figures_once(path, figures, workspace, capsys):
    for said in (f"recorded {figures[0]}, repeated 0", f"recorded 0, repeated {figures[0]}, refused 0: nothing new"):
        call_command("import_usage", path, *OPTIONS, *PRICES)
        assert capsys.readouterr().out.startswith(said)
        assert figures_of(workspace.chat) == figures
    assert differences.differences(workspace.organization.pk) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("path", "figures"), TRACES)
def test_a_trace_killed_half_way_and_run_again_gives_the_same_figures(path, figures, workspace, capsys):
    # Through a pipe that gives a part of the file and stays open, so that the kill is half-way for sure.
    command = started("manage.py", "import_usage", "/dev/stdin", *OPTIONS, *PRICES)
    content = path.read_bytes()
    command.stdin.buffer.write(content[: len(content) * 2 // 3])
    command.stdin.buffer.flush()
    wait_until(Request.objects.exists)
    command.kill()
    command.communicate()
    left = Request.objects.count()
    assert 0 < left < figures[0]
    assert differences.differences(workspace.organization.pk) == []
    call_command("import_usage", path, *OPTIONS, *PRICES)
    assert capsys.readouterr().out == f"recorded {figures[0] - left}, repeated {left}, refused 0\n"
    assert figures_of(workspace.chat) == figures
    assert differences.differences(workspace.organization.pk) == []
