"""Pages: guard -> query -> report -> page or fragment. Each is the same question with another scope."""

import logging
from dataclasses import replace
from datetime import datetime
from functools import wraps
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from psycopg.errors import QueryCanceled

from accounts.access import View, frame, is_fragment, organization_page, prepare_shell
from accounts.models import Membership, Project, is_public_id, time_zone_names
from accounts.navigation import PageRequest
from accounts.plans import Feature
from analytics import unchanged
from analytics.dashboard import export, filters, glossary, page_tag, picker, remembered, rendering
from analytics.dashboard.changes import SHOWN
from analytics.dashboard.incoming import incoming
from analytics.dashboard.names import isolated
from analytics.dashboard.page import build_page
from analytics.dashboard.rendering import Place
from analytics.dashboard.senders import SENDERS
from analytics.reporting import reports
from analytics.reporting.parameters import EVERYTHING, PageQuestion, read_page, write
from analytics.reporting.query import Filters
from orgdash import clock, spooled
from orgdash.version import VERSION

logger = logging.getLogger(__name__)


def _or_failure(view: View) -> View:
    """A database that does not answer, or not in time, is an error in words, never zeros, on page and swap alike."""

    @wraps(view)
    def answered(request: PageRequest, membership: Membership, **kwargs: str) -> HttpResponseBase:
        try:
            return view(request, membership, **kwargs)
        except OperationalError as error:
            logger.exception("%s could not be answered", request.path)
            template = "analytics/_failure.html" if is_fragment(request) else "analytics/failed.html"
            slow = isinstance(error.__cause__, QueryCanceled)
            return render(request, template, {"membership": membership, "slow": slow}, status=503)

    return answered


@organization_page(Feature.ORGANIZATION_ANALYTICS, managers_only=True, frames_itself=True)
@_or_failure
def organization_analytics(request: PageRequest, membership: Membership) -> HttpResponseBase:
    return _dashboard(request, membership, Place("organization", "Organization", "Analytics"))


@organization_page(frames_itself=True)
@_or_failure
def project_analytics(request: PageRequest, membership: Membership, project: str) -> HttpResponseBase:
    shown = _project_or_404(membership, project)
    archived = shown.status == Project.Status.ARCHIVED
    place = Place("project", "Project", shown.name, isolated(shown.name), archived)
    return _dashboard(request, membership, place, Filters(project=(project,)))


@organization_page(frames_itself=True)
@_or_failure
def own_usage(request: PageRequest, membership: Membership) -> HttpResponseBase:
    place = Place("own_usage", "Your API keys", "Your usage", "Your usage")
    return _dashboard(request, membership, place, Filters(member=(membership.public_id,)))


@organization_page(managers_only=True, named="Incoming usage")
@_or_failure
def incoming_usage(request: PageRequest, membership: Membership) -> HttpResponse:
    now, organization = clock.now(), membership.organization
    context = {
        "membership": membership,
        "incoming": incoming(organization, request.GET, now),
        "zone": ZoneInfo(organization.time_zone),
        "senders": SENDERS.values(),
        "now": now,
    }
    return render(request, "analytics/incoming.html", context)


def organization_analytics_help(request: PageRequest) -> HttpResponse:
    """Anyone may read it; who is signed in reads it inside the frame."""
    prepare_shell(request)
    context = {"sections": glossary.sections(), "version": VERSION, "catalogue": settings.CATALOGUE}
    return render(request, "analytics/help.html", context)


def send_usage(request: PageRequest, sender: str = "") -> HttpResponse:
    """How usage comes in, with this server's address; of one sender, or which there are. For anyone."""
    if sender and sender not in SENDERS:
        raise Http404(f"There is no help page of {sender}")
    prepare_shell(request)
    context = {
        "sender": SENDERS.get(sender),
        "senders": SENDERS.values(),
        "address": f"{request.scheme}://{request.get_host()}",
        "organization": request.shell.organization_id if hasattr(request, "shell") else "org_…",
        "now": clock.now(),
    }
    return render(request, f"analytics/senders/{sender}.html" if sender else "analytics/send_usage.html", context)


@organization_page(Feature.ORGANIZATION_ANALYTICS, managers_only=True)
@_or_failure
def organization_filter(request: PageRequest, membership: Membership, field: str) -> HttpResponse:
    return _filter(request, membership, field)


@organization_page()
@_or_failure
def project_filter(request: PageRequest, membership: Membership, project: str, field: str) -> HttpResponse:
    shown = _project_or_404(membership, project)
    return _filter(request, membership, field, Filters(project=(project,)), project=shown)


@organization_page()
@_or_failure
def own_filter(request: PageRequest, membership: Membership, field: str) -> HttpResponse:
    return _filter(request, membership, field, Filters(member=(membership.public_id,)))


@csrf_exempt
@require_safe
@cache_control(public=True, max_age=24 * 3600)
def time_zones(request: HttpRequest) -> JsonResponse:
    """The names that the date picker searches: the same for everybody, asked for once a day."""
    return JsonResponse(sorted(time_zone_names()), safe=False)


@organization_page(Feature.ORGANIZATION_ANALYTICS, managers_only=True, download=True)
@_or_failure
def organization_export(request: PageRequest, membership: Membership) -> HttpResponseBase:
    return _export(request, membership)


@organization_page(download=True)
@_or_failure
def project_export(request: PageRequest, membership: Membership, project: str) -> HttpResponseBase:
    shown = _project_or_404(membership, project)
    return _export(request, membership, Filters(project=(project,)), shown.name)


@organization_page(download=True)
@_or_failure
def own_export(request: PageRequest, membership: Membership) -> HttpResponseBase:
    return _export(request, membership, Filters(member=(membership.public_id,)), membership.user.name)


def _export(
    request: PageRequest, membership: Membership, scope: Filters = EVERYTHING, scope_name: str = ""
) -> HttpResponseBase:
    """A CSV. It is all there before the first byte is sent: what fails is an error with a status, not half a file."""
    now, organization = clock.now(), membership.organization
    asked = read_page(request.GET, organization, now, scope)
    wanted = export.wanted(request.GET.get("file", ""))
    sent = () if request.method == "HEAD" else spooled.kept(export.pieces(asked, organization, now, wanted))
    response = StreamingHttpResponse(sent, content_type="text/csv; charset=utf-8")
    filename = export.filename(asked.query, organization, scope_name, wanted)
    response["Content-Disposition"] = content_disposition_header(True, filename) or "attachment"
    return response


def _project_or_404(membership: Membership, public_id: str) -> Project:
    if not is_public_id(public_id):
        raise Http404("No such project")
    return get_object_or_404(Project, organization=membership.organization, public_id=public_id)


def _dashboard(
    request: PageRequest, membership: Membership, place: Place, scope: Filters = EVERYTHING
) -> HttpResponseBase:
    if address := remembered.completed(request, membership, scope):
        return redirect(address)
    now = clock.now()
    tag, given = page_tag.tag(request, membership, now)
    response = unchanged.not_modified(request, tag)
    if response is None:
        frame(request, membership)
        context = _context(read_page(request.GET, membership.organization, now, scope), membership, now)
        response = unchanged.tagged(rendering.answer(request, place, context), tag)
    remembered.remember(request, response, membership, given)
    return response


def _context(asked: PageQuestion, membership: Membership, now: datetime) -> dict[str, object]:
    query = replace(asked.query, split_rows=SHOWN) if asked.why_rows else asked.query
    page = build_page(reports.build(query, page_at=now), asked, now)
    days = picker.picker(asked.query, membership.organization.time_zone, now)
    context = {"membership": membership, "asked": asked, "page": page, "picker": days}
    return context | {"active_filters": filters.active(asked)}


def _filter(
    request: PageRequest, membership: Membership, field: str, scope: Filters = EVERYTHING, **more: object
) -> HttpResponse:
    """The values to filter one field by: what the page's dialog asks for, and a page of its own without scripts."""
    offered = {dimension.filter: dimension for dimension in filters.offered(scope)}
    if field not in offered:
        raise Http404("Not a field of this page")
    asked = read_page(request.GET, membership.organization, clock.now(), scope)
    context = {
        "membership": membership,
        "back": request.path.removesuffix(f"filters/{field}/"),
        "field_values": filters.field_values(asked, offered[field], request.GET.get("find", "")),
        "fields": offered.values(),
        "parameters": write(asked),
    }
    template = "analytics/_values.html" if is_fragment(request) else "analytics/filter.html"
    return render(request, template, context | more)
