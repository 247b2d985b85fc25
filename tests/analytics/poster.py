"""A process that sends requests of usage, in an order of its own: `python -m tests.analytics.poster FILE SEED`.

It says "ready", waits for a line, sends each request until it is taken, and says how many it sent.
"""

import base64
import json
import os
import sys
from pathlib import Path
from random import Random

import django

ALLOWED_TRIES = 5


def main(path: str, seed: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orgdash.settings")
    django.setup()
    from django.test import Client

    requests = json.loads(Path(path).read_text())
    Random(seed).shuffle(requests)
    client = Client(raise_request_exception=False, SERVER_NAME="localhost")
    print("ready", flush=True)
    sys.stdin.readline()
    for address, kind, body, secret in requests:
        headers = {"Authorization": f"Bearer {secret}"}
        content = base64.b64decode(body)
        answers = (client.post(address, content, content_type=kind, headers=headers) for _ in range(ALLOWED_TRIES))
        taken = next((one for one in answers if one.status_code != 503), None)  # 503: send again
        assert taken is not None
        assert taken.status_code == 200, taken.content
    print(len(requests), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
