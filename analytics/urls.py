from django.urls import path, re_path

from analytics.api import activity, openapi, reference
from analytics.dashboard import views
from analytics.ingest import litellm, otlp, usage_events

urlpatterns = [
    path("analytics/activity", activity.activity, name="activity"),
    path("api/openapi.json", openapi.openapi, name="openapi"),
    path("usage/events", usage_events.events, name="usage_events"),
    path("usage/litellm", litellm.litellm, name="usage_litellm"),
    path("v1/traces", otlp.traces, name="traces"),
    path("v1/logs", otlp.logs, name="logs"),
    path("v1/metrics", otlp.metrics, name="metrics"),
    re_path(r"^v1(/.*)?$", otlp.nowhere),
    path("organizations/<organization>/analytics/", views.organization_analytics, name="organization_analytics"),
    path("organizations/<organization>/analytics/export.csv", views.organization_export, name="organization_export"),
    path(
        "organizations/<organization>/projects/<project>/analytics/", views.project_analytics, name="project_analytics"
    ),
    path("organizations/<organization>/projects/<project>/analytics/export.csv", views.project_export),
    path("organizations/<organization>/usage/", views.own_usage, name="own_usage"),
    path("organizations/<organization>/usage/export.csv", views.own_export),
    path("organizations/<organization>/incoming/", views.incoming_usage, name="incoming_usage"),
    path("help/organization-analytics/", views.organization_analytics_help, name="organization_analytics_help"),
    path("help/api/", reference.api_help, name="api_help"),
    path("help/send-usage/", views.send_usage, name="send_usage"),
    path("help/send-usage/<slug:sender>/", views.send_usage, name="send_usage_from"),
    path("organizations/<organization>/analytics/filters/<field>/", views.organization_filter),
    path("organizations/<organization>/projects/<project>/analytics/filters/<field>/", views.project_filter),
    path("organizations/<organization>/usage/filters/<field>/", views.own_filter),
    path("analytics/time-zones.json", views.time_zones, name="time_zones"),
]
