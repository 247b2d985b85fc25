"""Pages take turns, so that usage and the probes always find a free thread, however slow pages are.

A page that waits for its turn holds a thread too. So some threads of a process are never given to pages at all, and
who finds no place to wait is told to come again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import BoundedSemaphore

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from orgdash import error_pages, measures

DOORS = ("/usage/", "/v1/")  # what begins so takes usage
PROBES = ("/healthz", "/readyz", "/metrics")
JSON = ("/analytics/activity", "/api/")
WAIT_SECONDS = 10.0  # as long as a page may ask the database
BUSY = "Too many pages are asked for at once."
ELSEWHERE = "Pages are served by another process: let the proxy send only /usage/ and /v1/ here.\n"

View = Callable[[HttpRequest], HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Room:
    """How many pages are made at once, and how many may wait meanwhile, of one process."""

    at_once: int
    waiting: int

    @classmethod
    def of(cls, threads: int) -> "Room":
        """
        >>> Room.of(16), Room.of(4), Room.of(2)
        (Room(at_once=6, waiting=6), Room(at_once=2, waiting=0), Room(at_once=1, waiting=0))
        """
        pages = threads - max(threads // 4, min(threads // 2, 2))
        at_once = max(pages // 2, min(pages, 2))
        return cls(at_once, pages - at_once)


class Turns:
    """The pages of one process."""

    def __init__(self, room: Room) -> None:
        self._present = BoundedSemaphore(room.at_once + room.waiting)
        self._made = BoundedSemaphore(room.at_once)

    def begin(self) -> bool:
        """Whether it is one's turn, at once or after a wait; then `end` must follow."""
        if not self._present.acquire(blocking=False):
            return False
        measures.pages("waiting", 1)
        its_turn = self._made.acquire(timeout=WAIT_SECONDS)
        measures.pages("waiting", -1)
        if its_turn:
            measures.pages("made", 1)
        else:
            self._present.release()
        return its_turn

    def end(self) -> None:
        measures.pages("made", -1)
        self._made.release()
        self._present.release()


_turns: Turns | None = None  # None: whoever comes is served


def share(threads: int) -> None:
    """From now on this process has so many threads for all that it serves."""
    global _turns  # noqa: PLW0603 - one server in a process
    _turns = Turns(Room.of(threads)) if threads > 1 and settings.SERVES != "pages" else None


def pages_take_turns(get_response: View) -> View:
    """Middleware. What is streamed is being made until it is closed."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        if not _is_page(request.path_info):
            return get_response(request)
        if settings.SERVES == "doors":
            return HttpResponse(ELSEWHERE, status=421, content_type="text/plain")
        turns = _turns
        if turns is None:
            return get_response(request)
        if not turns.begin():
            return _busy(request)
        try:
            response = get_response(request)
        except BaseException:
            turns.end()
            raise
        _when_closed(response, turns.end)
        return response

    return answered


def _is_page(path: str) -> bool:
    """Static files are no pages: they come from the disk, and a page that has its turn wants many."""
    return path not in PROBES and not path.startswith((*DOORS, settings.STATIC_URL))


def _busy(request: HttpRequest) -> HttpResponse:
    measures.page_refused()
    if request.path_info.startswith(JSON):
        return JsonResponse({"detail": f"{BUSY} Try again in a few seconds.", "code": "unavailable"}, status=503)
    return error_pages.unavailable_page(request, BUSY)


def _when_closed(response: HttpResponseBase, then: Callable[[], None]) -> None:
    close, owed = response.close, [then]

    def closed() -> None:
        try:
            close()
        finally:
            while owed:  # once, however often it is closed
                owed.pop()()

    response.close = closed  # type: ignore[method-assign]  # what every server calls at the end
