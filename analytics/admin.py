"""For the site's staff: the models seen so far, and aliases. Usage has no admin, only the ledger writes it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from analytics.ingest.price_file import HEADER
from analytics.ledger.price_names import book_name
from analytics.ledger.rates import tier_of
from analytics.models import Model, ModelAlias, Price


@admin.register(Model)
class ModelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for the type checker only
    """Made by the first event that names it; to show it under another name, make an alias.

    No filter by provider: it would list as many as senders ever named.
    """

    list_display = ("provider", "name", "canonical")
    show_full_result_count = False
    search_fields = ("provider", "name", "canonical")
    ordering = ("provider", "name")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ModelAlias)
class ModelAliasAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for the type checker only
    """Read with every question, so a change counts at once and for the past."""

    list_display = ("provider", "name", "canonical")
    search_fields = ("provider", "name", "canonical")
    ordering = ("provider", "name")


class PriceForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the type checker only
    """Names are kept as they are looked for, before the constraint is checked: OpenAI and openai are one."""

    class Meta:
        model = Price
        fields = HEADER

    def clean_provider(self) -> str:
        provider: str = self.cleaned_data["provider"]
        return provider.lower()

    def clean_model(self) -> str:
        return book_name(self.cleaned_data["model"])

    def clean_tier(self) -> str:
        return tier_of(self.cleaned_data["tier"])

    def clean_above_input_tokens(self) -> int:
        return self.cleaned_data["above_input_tokens"] or 0


@admin.register(Price)
class PriceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for the type checker only
    """Counts for what comes in from now on; `manage.py reprice` fills the past."""

    form = PriceForm
    list_display = PriceForm.Meta.fields
    list_filter = ("provider", "tier")
    search_fields = ("provider", "model")
    ordering = ("provider", "model", "tier", "above_input_tokens", "-valid_from")
    date_hierarchy = "valid_from"
