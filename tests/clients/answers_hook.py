"""Loaded by schemathesis: writes the method, status and URL of every answer into answers.txt, where it runs.

Its own reports hold every body too, which takes far longer.
"""

import schemathesis

answers = open("answers.txt", "w")  # noqa: SIM115 - closed with the program


@schemathesis.hook
def after_call(context: object, case: object, response: schemathesis.Response) -> None:
    answers.write(f"{response.request.method} {response.status_code} {response.request.url}\n")
