"""Mounts the apps and the two probes."""

from django.contrib import admin
from django.urls import include, path

from orgdash import probes

urlpatterns = [
    path("healthz", probes.healthz),
    path("readyz", probes.readyz),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("analytics.urls")),
]
