"""What an endpoint of usage is sent in a test, and the words of its answer."""

from django.test import Client
from google.rpc.status_pb2 import Status

from tests.analytics.usage import SECRET
from tests.attacks import JSON, PROTOBUF


def post(path: str, body: bytes, content_type: str = JSON, **headers: str):
    given = {"Authorization": f"Bearer {SECRET}"} | headers
    return Client(raise_request_exception=False).generic(
        "POST", path, body, content_type, CONTENT_TYPE=content_type, headers=given
    )


def words(response) -> str:
    """What the answer says, in whichever form its endpoint has."""
    if response["Content-Type"] == PROTOBUF:
        return Status.FromString(response.content).message
    said = response.json()
    return said.get("detail") or said.get("message") or "a receipt"
