"""The site staff's admin, named after the product; and which limits of time hold where, and who sees what."""

from functools import wraps
from typing import Any

from django.apps import AppConfig
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.core.signals import request_finished, request_started
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from orgdash import database_limits, sight


class SiteAdmin(AdminSite):
    site_header = site_title = "orgdash administration"
    index_title = "Site administration"

    def password_change(  # type: ignore[override]  # a redirect, where Django has a page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Everybody's own page: Django's form here would let an old password be guessed without end."""
        return redirect("password_change")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            database_limits.use(database_limits.STAFF)
            if self.has_permission(request):
                sight.show_everything()
            return guarded(request, *args, **kwargs)

        return limited


class SiteAdminConfig(AdminConfig):
    default_site = "orgdash.apps.SiteAdmin"


class OrgdashConfig(AppConfig):
    name = "orgdash"

    def ready(self) -> None:
        # Signals and not a middleware: an answer that is streamed is still being made after every middleware.
        request_started.connect(_of_pages, dispatch_uid="orgdash.begins")
        request_finished.connect(_of_commands, dispatch_uid="orgdash.ends")
        pre_migrate.connect(_of_migrations, dispatch_uid="orgdash.limits_of_migrations")
        post_migrate.connect(_after_migrations, dispatch_uid="orgdash.limits_after_migrations")


def _of_pages(**kwargs: Any) -> None:
    database_limits.use(database_limits.PAGE)
    sight.begin()


def _of_commands(**kwargs: Any) -> None:
    database_limits.use(database_limits.COMMAND)
    sight.end()


def _of_migrations(using: str, **kwargs: Any) -> None:
    _hold(database_limits.MIGRATION, using)


def _after_migrations(using: str, **kwargs: Any) -> None:
    _hold(database_limits.COMMAND, using)


def _hold(wanted: database_limits.Limits, using: str) -> None:
    database_limits.use(wanted)
    with connections[using].cursor() as cursor:  # at once, though a transaction may be open
        cursor.execute(*wanted.as_sql())
