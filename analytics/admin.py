"""For the site's staff: the models seen so far, and aliases. Usage has no admin, only rollup writes it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from analytics.models import Model, ModelAlias, Price


@admin.register(Model)
class ModelAdmin(admin.ModelAdmin):
    """Made by the first event that names it; to show it under another name, make an alias."""

    list_display = ("provider", "name", "canonical")
    list_filter = ("provider",)
    search_fields = ("provider", "name", "canonical")
    ordering = ("provider", "name")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ModelAlias)
class ModelAliasAdmin(admin.ModelAdmin):
    """Read with every question, so a change counts at once and for the past."""

    list_display = ("provider", "name", "canonical")
    search_fields = ("provider", "name", "canonical")
    ordering = ("provider", "name")


@admin.register(Price)
class PriceAdmin(admin.ModelAdmin):
    """Counts for what comes in from now on; `manage.py reprice` fills the past."""

    list_display = (
        "provider",
        "model",
        "valid_from",
        "input_usd_per_1m",
        "cached_input_usd_per_1m",
        "output_usd_per_1m",
    )
    list_filter = ("provider",)
    search_fields = ("provider", "model")
    ordering = ("provider", "model", "-valid_from")
    date_hierarchy = "valid_from"
