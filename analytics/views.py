"""Pages: guard -> query -> report -> page or fragment. Each is the same question with another scope."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.access import is_fragment, organization_page
from accounts.models import Membership, Project, is_public_id
from accounts.plans import Feature
from analytics import panels, reports
from analytics.forms import read_page
from analytics.query import Filters
from orgdash import clock


@organization_page(Feature.ORGANIZATION_ANALYTICS, managers_only=True)
def organization_analytics(request: HttpRequest, membership: Membership) -> HttpResponse:
    return _dashboard(request, membership, "analytics/organization.html")


@organization_page()
def project_analytics(request: HttpRequest, membership: Membership, project: str) -> HttpResponse:
    shown = _project_or_404(membership, project)
    return _dashboard(request, membership, "analytics/project.html", Filters(project=(project,)), project=shown)


@organization_page()
def own_usage(request: HttpRequest, membership: Membership) -> HttpResponse:
    return _dashboard(request, membership, "analytics/own_usage.html", Filters(member=(membership.public_id,)))


def _project_or_404(membership: Membership, public_id: str) -> Project:
    if not is_public_id(public_id):
        raise Http404("No such project")
    return get_object_or_404(Project, organization=membership.organization, public_id=public_id)


def _dashboard(
    request: HttpRequest, membership: Membership, template: str, scope: Filters | None = None, **more: object
) -> HttpResponse:
    now = clock.now()
    asked = read_page(request.GET, membership.organization, now, scope)
    page = panels.page(reports.build(asked.query, standing_at=now), asked, request.GET, now, scope)
    context = {"membership": membership, "asked": asked, "page": page, **more}
    return render(request, "analytics/_dashboard.html" if is_fragment(request) else template, context)
