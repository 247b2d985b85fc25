"""A small site around the real guards: its pages answer with what the guard handed them."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import include, path

from accounts.access import authorize_api, organization_page
from accounts.api_error import ApiError
from accounts.models import AccessToken, Membership
from accounts.plans import Feature
from orgdash import clock

PLAN = Feature.ORGANIZATION_ANALYTICS


@organization_page(PLAN, managers_only=True)
def managers(request: HttpRequest, membership: Membership) -> HttpResponse:
    return render(request, "base.html")


@organization_page(PLAN, managers_only=True, download=True)
def download(request: HttpRequest, membership: Membership) -> HttpResponse:
    return HttpResponse(f"{membership.organization.public_id},{membership.user.email}", content_type="text/csv")


@organization_page()
def anyone(request: HttpRequest, membership: Membership, **kwargs: str) -> HttpResponse:
    return render(request, "base.html")


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("A page that breaks on purpose")


def endpoint(request: HttpRequest) -> JsonResponse:
    try:
        caller = authorize_api(request, scope=AccessToken.Scope.ANALYTICS_READ, feature=PLAN, now=clock.now())
    except ApiError as error:
        body = {"detail": error.detail, "code": error.code, "errors": error.errors}
        return JsonResponse(body, status=error.status)
    return JsonResponse({"organization": caller.organization.public_id, "rate_key": caller.rate_key})


urlpatterns = [
    path("", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("organizations/<organization>/analytics/", managers, name="organization_analytics"),
    path("organizations/<organization>/analytics/export.csv", download, name="export"),
    path("organizations/<organization>/projects/<project>/analytics/", anyone, name="project_analytics"),
    path("organizations/<organization>/usage/", anyone, name="own_usage"),
    path("endpoint", endpoint, name="endpoint"),
    path("broken", broken, name="broken"),
]
