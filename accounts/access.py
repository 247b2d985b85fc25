"""Who may see what: the guards of pages and of JSON. The only place that decides; a badge or a lock never does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.db import connection
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect

from accounts import navigation, refusals
from accounts.api_error import ApiError
from accounts.last_used import note_use, with_last_use
from accounts.models import AccessToken, ApiKey, Membership, Organization, User, hash_secret, is_public_id
from accounts.navigation import PageRequest
from accounts.plans import Feature, includes, required_plan
from accounts.strangers import bearer
from orgdash import prepared, sight

LAST_ORGANIZATION_COOKIE = "organization"
_A_YEAR = 365 * 24 * 3600

_FIELDS = {model: [field.attname for field in model._meta.concrete_fields] for model in (Membership, Organization)}
_OF_A_MEMBER = (
    f"SELECT {', '.join(f's.{name}' for name in _FIELDS[Membership])}, "
    f"{', '.join(f'o.{name}' for name in _FIELDS[Organization])}"
    " FROM accounts_membership s JOIN accounts_organization o ON o.id = s.organization_id"
    " WHERE s.user_id = %s AND s.removed_at IS NULL AND o.public_id = %s"
)

View = Callable[..., HttpResponseBase]


# Pages


def memberships(user: User) -> QuerySet[Membership]:
    """The memberships that count: not removed, of organizations that are not deleted."""
    return (
        Membership.objects.filter(user=user, removed_at=None, organization__status=Organization.Status.ACTIVE)
        .select_related("organization", "user")
        .order_by("organization__name", "organization_id")
    )


def last_used_membership(request: HttpRequest) -> Membership | None:
    """The organization this browser saw last, if this person still belongs to it; else the first by name."""
    candidates = list(memberships(request.user)) if request.user.is_authenticated else []
    last = request.COOKIES.get(LAST_ORGANIZATION_COOKIE)
    matching = (candidate for candidate in candidates if candidate.organization.public_id == last)
    return next(matching, candidates[0] if candidates else None)


def organization_page(
    feature: Feature | None = None,
    *,
    managers_only: bool = False,
    download: bool = False,
    named: str = "",
    frames_itself: bool = False,
) -> Callable[[View], View]:
    """Guards a view of one organization, which is then called as `view(request, membership, **kwargs)`.

    The URL's `organization` (a public id) is consumed. `download` is for answers that are no page (CSV): nothing is
    prepared for the shell, and an organization without `feature` answers 403 instead of 200. `named` is what the page
    is called, where that is not the feature's name. A view that often answers without a page calls `frame` itself.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: PageRequest, *, organization: str, **kwargs: str) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _sign_in(request)
            membership = _membership_or_404(request.user, organization)
            sight.show_organization(membership.organization_id)
            refusal = _refusal(request, membership, feature, named if managers_only else None, download)
            if refusal is None and not download and not frames_itself:
                frame(request, membership)
            response = refusal or view(request, membership, **kwargs)
            return _remember(request, response, membership.organization)

        return guarded

    return guard


def signed_in_page(view: View) -> View:
    """Guards a page that belongs to a person, not to an organization; the shell shows the last used organization."""

    @wraps(view)
    def guarded(request: PageRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _sign_in(request)
        prepare_shell(request)
        return view(request, *args, **kwargs)

    return guarded


def prepare_shell(request: PageRequest) -> None:
    """Gives a page that anyone may open the sidebar of whoever is signed in, if anyone is."""
    membership = last_used_membership(request)
    if membership is not None:
        request.shell = navigation.shell(request, membership)


def frame(request: PageRequest, membership: Membership) -> None:
    """Prepares the shell, which a part of a page has not."""
    if not is_fragment(request):
        request.shell = navigation.shell(request, membership)


def is_fragment(request: PageRequest) -> bool:
    """Whether htmx wants a part of the page; when it restores history it wants all of it."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def _membership_or_404(user: User, organization: str) -> Membership:
    found = _membership(user, organization)
    if found is None or found.organization.status != Organization.Status.ACTIVE:
        raise Http404("No such organization for this person")
    return found


def _membership(user: User, organization: str) -> Membership | None:
    """One prepared statement: asked by the ORM it would be a third of a request that is answered 304.

    The organization may be deleted.
    """
    if not is_public_id(organization):
        return None
    with prepared.cursor() as cursor:
        cursor.execute(_OF_A_MEMBER, [user.pk, organization])
        row = cursor.fetchone()
    if row is None:
        return None
    own = len(_FIELDS[Membership])
    membership = Membership.from_db(connection.alias, _FIELDS[Membership], row[:own])
    membership.organization = Organization.from_db(connection.alias, _FIELDS[Organization], row[own:])
    membership.user = user
    return membership


def _refusal(
    request: PageRequest, membership: Membership, feature: Feature | None, of_managers: str | None, download: bool
) -> HttpResponse | None:
    """The role explains before the plan does: an upgrade would not help a developer. `of_managers` is what a page for
    owners and admins alone is called."""
    if of_managers is not None and not membership.manages:
        context = refusals.no_access(membership, feature, of_managers)
        return _full_page(request, membership, "accounts/no_access.html", 403, context)
    if feature is not None and not includes(membership.organization.plan, feature):
        status = 403 if download else 200
        context = refusals.upgrade(request, membership, feature)
        return _full_page(request, membership, "accounts/upgrade.html", status, context)
    return None


def _full_page(
    request: PageRequest, membership: Membership, template: str, status: int, context: dict[str, object]
) -> HttpResponse:
    """Never inside a part of a page: htmx is sent to the address itself, where the same answer is a whole page."""
    if is_fragment(request):
        return HttpResponseClientRedirect(request.get_full_path())
    request.shell = navigation.shell(request, membership)
    return render(request, template, context, status=status)


def _sign_in(request: PageRequest) -> HttpResponse:
    response = redirect_to_login(request.get_full_path())
    return HttpResponseClientRedirect(response.url) if is_fragment(request) else response


def _remember(request: PageRequest, response: HttpResponseBase, organization: Organization) -> HttpResponseBase:
    patch_cache_control(response, private=True)
    patch_vary_headers(response, ["HX-Request", "HX-History-Restore-Request"])
    if request.COOKIES.get(LAST_ORGANIZATION_COOKIE) != organization.public_id:
        response.set_cookie(
            LAST_ORGANIZATION_COOKIE,
            organization.public_id,
            max_age=_A_YEAR,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
    return response


# JSON


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, once allowed: the organization asked about, and whose rate limit counts (a user's or a token's)."""

    organization: Organization
    rate_key: str


@dataclass(frozen=True, slots=True)
class _Rights:
    """What a caller may do in the organization asked about. A token may do what an admin may."""

    organization: Organization
    manages: bool
    rate_key: str


def authorize_api(request: HttpRequest, *, scope: str, feature: Feature, now: datetime) -> Caller:
    """The caller of a JSON endpoint about `?organizationId=`, or the ApiError of the first rule broken."""
    caller = _bearer(request, now) if bearer(request) is not None else request.user
    if isinstance(caller, AnonymousUser) or caller is None:
        raise ApiError(401, "not_authenticated", "Sign in, or send a valid access token as a bearer token.")
    organization_id = _organization_id(request)
    if isinstance(caller, AccessToken):
        rights = _token_rights(caller, organization_id, scope)
    else:
        rights = _member_rights(caller, organization_id)
    if rights is None:
        raise ApiError(403, "forbidden", "There is no such organization, or you have no access to it.")
    sight.show_organization(rights.organization.pk)
    _check_rights(rights, feature)
    return Caller(rights.organization, rights.rate_key)


def authorize_sender(request: HttpRequest) -> ApiKey:
    """The API key whose secret is the bearer of a request that brings usage; whoever has it may send, on any plan.

    A revoked key lets nobody in, not even with requests made before: its secret may be in strangers' hands.
    """
    return _sender(request, "Send the secret of an API key that is not revoked")


def _sender(request: HttpRequest, wanted: str) -> ApiKey:
    key = None
    if bearer(request) is not None:
        keys = with_last_use(ApiKey.objects.select_related("project__organization"))
        key = keys.filter(secret_hash=_shown(request)).first()
    if key is None or key.revoked_at is not None:
        # Told by its look alone, so that nobody learns which ids there are.
        mistaken = (bearer(request) or "").startswith("key_")
        hint = " What was sent looks like an API key's id; its secret begins with sk-org-." if mistaken else ""
        raise ApiError(401, "not_authenticated", f"{wanted} as a bearer token.{hint}")
    _check_not_deleted(key.project.organization)
    note_use(key)
    return key


def authorize_gateway(request: HttpRequest, now: datetime) -> ApiKey | AccessToken:
    """Who brings what a gateway logged: one API key, to which all of it belongs; or an access token with `usage:write`,
    whose organization's keys are found by the names the gateway has for them."""
    token = _bearer(request, now) if bearer(request) is not None else None
    if token is None:
        return _sender(request, "Send the secret of an API key that is not revoked, or a valid access token,")
    if token.scope != AccessToken.Scope.USAGE_WRITE:
        raise ApiError(403, "forbidden", f"This access token is for {token.scope}; sending needs usage:write.")
    _check_not_deleted(token.organization)
    return token


def organization_of(sender: ApiKey | AccessToken) -> int:
    return sender.project.organization_id if isinstance(sender, ApiKey) else sender.organization_id


def _check_not_deleted(organization: Organization) -> None:
    if organization.status == Organization.Status.DELETED:
        raise ApiError(404, "not_found", "This organization has been deleted.")


def _bearer(request: HttpRequest, now: datetime) -> AccessToken | None:
    tokens = with_last_use(AccessToken.objects.select_related("organization"))
    token = tokens.filter(token_hash=_shown(request)).first()
    if token is None or not token.is_valid(now):
        return None
    note_use(token)
    return token


def _shown(request: HttpRequest) -> str:
    """The hash of the request's secret, by which it is found; what belongs to it can be seen from here on."""
    hashed = hash_secret(bearer(request) or "")
    sight.show(secret_hash=hashed)
    return hashed


def _organization_id(request: HttpRequest) -> str:
    given = request.GET.getlist("organizationId")
    if len(given) != 1 or not given[0]:
        message = "organizationId may be given only once." if len(given) > 1 else "organizationId is required."
        raise ApiError(400, "invalid_request", message, ({"field": "organizationId", "message": message},))
    return given[0]


def _token_rights(token: AccessToken, organization_id: str, scope: str) -> _Rights | None:
    if token.organization.public_id != organization_id or token.scope != scope:
        return None
    return _Rights(token.organization, True, f"token:{token.pk}")


def _member_rights(user: User, organization_id: str) -> _Rights | None:
    membership = _membership(user, organization_id)
    if membership is None:
        return None
    return _Rights(membership.organization, membership.manages, f"user:{user.pk}")


def _check_rights(rights: _Rights, feature: Feature) -> None:
    organization = rights.organization
    _check_not_deleted(organization)
    if not rights.manages:
        raise ApiError(403, "admin_required", "Only owners and admins of this organization may ask this.")
    if not includes(organization.plan, feature):
        needed, plan = required_plan(feature).label, organization.get_plan_display()
        raise ApiError(
            403, "enterprise_required", f"{feature.value} is part of {needed}. {organization.name} is on {plan}."
        )
