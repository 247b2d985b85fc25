"""Mounts the apps, the probes and the page for what nobody expected."""

from django.contrib import admin
from django.urls import include, path

from orgdash import probes

urlpatterns = [
    path("healthz", probes.healthz),
    path("readyz", probes.readyz),
    path("metrics", probes.metrics),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("analytics.urls")),
]
handler500 = "orgdash.error_pages.server_error"
