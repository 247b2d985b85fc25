"""What an endpoint of usage is sent in a test, and the words of its answer."""

import json

from django.test import Client
from google.rpc.status_pb2 import Status

from tests.analytics.usage import SECRET
from tests.attacks import JSON, PROTOBUF


def post(path: str, body: object, content_type: str = JSON, *, secret: str | None = SECRET, **headers: str):
    """Bytes and text are sent as they are, anything else as JSON. Without a `secret` nobody signs in."""
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    given = ({"Authorization": f"Bearer {secret}"} if secret else {}) | headers
    client = Client(raise_request_exception=False)
    # Without a body the test client would leave the content type out.
    return client.generic("POST", path, data, content_type, CONTENT_TYPE=content_type, headers=given)


def words(response) -> str:
    """What the answer says, in whichever form its endpoint has."""
    if response["Content-Type"] == PROTOBUF:
        return Status.FromString(response.content).message
    said = response.json()
    return said.get("detail") or said.get("message") or "a receipt"
