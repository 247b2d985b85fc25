"""Answers are sent as gzip, large JSON by isal, which saves more time than it costs bytes. Pages are packed as Django
does it: every swap would weigh more."""

import secrets

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware, re_accepts_gzip
from django.utils.cache import patch_vary_headers
from isal import igzip

QUICK = 2  # of isal's levels 0 to 3
LARGE = 20_000  # bytes
HEAD, FLAGS, HAS_NAME = 10, 3, b"\x08"  # gzip's own head, the byte of its flags, and the flag that a name follows


class Middleware(GZipMiddleware):
    """Django's, but for large JSON.

    As Django does, a name of random length hides how long the answer is, from which its parts could be guessed.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not (isinstance(response, HttpResponse) and _large_json(response)):
            return super().process_response(request, response)
        patch_vary_headers(response, ("Accept-Encoding",))
        if re_accepts_gzip.search(request.headers.get("Accept-Encoding", "")):
            packed = igzip.compress(response.content, QUICK, mtime=0)
            response.content = _named(packed, secrets.randbelow(self.max_random_bytes))
            response["Content-Length"] = str(len(response.content))
            response["Content-Encoding"] = "gzip"
        return response


def _large_json(response: HttpResponse) -> bool:
    packed, kind = response.has_header("Content-Encoding"), response.get("Content-Type", "")
    return not packed and kind == "application/json" and len(response.content) >= LARGE


def _named(packed: bytes, length: int) -> bytes:
    return packed[:FLAGS] + HAS_NAME + packed[FLAGS + 1 : HEAD] + b"a" * length + b"\x00" + packed[HEAD:]
