"""The site staff's admin, named after the product; and how long migrations wait for a lock."""

from typing import Any

from django.apps import AppConfig
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

# Whatever comes after a migration that waits for a lock waits too, so it gives up instead, before people notice.
MIGRATIONS_WAIT = "4s"


class SiteAdmin(AdminSite):
    site_header = site_title = "orgdash administration"
    index_title = "Site administration"

    def password_change(  # type: ignore[override]  # a redirect, where Django has a page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Everybody's own page: Django's form here would let an old password be guessed without end."""
        return redirect("password_change")


class SiteAdminConfig(AdminConfig):
    default_site = "orgdash.apps.SiteAdmin"


class OrgdashConfig(AppConfig):
    name = "orgdash"

    def ready(self) -> None:
        pre_migrate.connect(_bound_the_wait, dispatch_uid="orgdash.bound_the_wait")
        post_migrate.connect(_unbound, dispatch_uid="orgdash.unbound")


def _bound_the_wait(using: str, **kwargs: Any) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [MIGRATIONS_WAIT])


def _unbound(using: str, **kwargs: Any) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("RESET lock_timeout")
