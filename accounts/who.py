"""Who a request's session belongs to; from then on the statements of the request see what is theirs (orgdash.sight)."""

from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from orgdash import sight


class Middleware(AuthenticationMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _user(request))  # type: ignore[assignment]  # as Django does it


def _user(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """Looked at when first asked for. A session that has ended shows nothing any more."""
    number = request.session.get(SESSION_KEY)
    if number is not None:
        sight.show(person=int(number))
    user = get_user(request)
    if not user.is_authenticated:
        sight.show()
    return user
