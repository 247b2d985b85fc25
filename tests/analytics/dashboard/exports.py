"""A CSV as whoever is signed in gets it, by its blocks and rows."""

import csv
import io
from datetime import timedelta

from django.test import Client

from tests.browsers import enter

PAGE = "/organizations/org_acme/analytics/"

URL = f"{PAGE}export.csv"
HOUR = timedelta(hours=1)  # what came in the current one is not compared


def signed_in(user) -> Client:
    return enter(Client(), user)


def parts(client, query="", url=URL) -> list[list[list[str]]]:
    """The file's blocks: about, breakdown, what changed (with a comparison), over time."""
    response = client.get(f"{url}?{query}")
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    blocks: list[list[list[str]]] = [[]]
    for row in csv.reader(io.StringIO(text, newline=""), strict=True):
        blocks[-1:] = [blocks[-1] + [row]] if row else [blocks[-1], []]
    return blocks


def records(block: list[list[str]]) -> list[dict[str, str]]:
    head, *rows = block
    return [dict(zip(head, row, strict=True)) for row in rows]
