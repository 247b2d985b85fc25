"""Answers are sent as gzip; large JSON is packed quickly: of a year that saves more time than it costs bytes."""

import gzip
import secrets

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware, re_accepts_gzip
from django.utils.cache import patch_vary_headers

QUICK = 1  # of 9; Django packs with 6
LARGE = 20_000  # bytes
HEAD, FLAGS, HAS_NAME = 10, 3, b"\x08"  # gzip's own head, the byte of its flags, and the flag that a name follows


class Middleware(GZipMiddleware):
    """Django's, but for large JSON.

    As Django does, a name of random length hides how long the answer is, from which its parts could be guessed.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not isinstance(response, HttpResponse) or not _is_large_json(response):
            return super().process_response(request, response)
        patch_vary_headers(response, ("Accept-Encoding",))
        if re_accepts_gzip.search(request.headers.get("Accept-Encoding", "")):
            response.content = _packed(response.content, secrets.randbelow(self.max_random_bytes))
            response["Content-Length"] = str(len(response.content))
            response["Content-Encoding"] = "gzip"
        return response


def _is_large_json(response: HttpResponse) -> bool:
    packed = response.has_header("Content-Encoding")
    return response.get("Content-Type") == "application/json" and not packed and len(response.content) >= LARGE


def _packed(content: bytes, name: int) -> bytes:
    packed = gzip.compress(content, QUICK, mtime=0)
    return packed[:FLAGS] + HAS_NAME + packed[FLAGS + 1 : HEAD] + b"a" * name + b"\x00" + packed[HEAD:]
