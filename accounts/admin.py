"""The site staff's view of accounts. Nothing is deleted here: keys are revoked, members removed, people deactivated."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from accounts import leaving
from accounts.forms import StaffSignInForm
from accounts.models import (
    TOKEN_LIFETIME,
    AccessToken,
    ApiKey,
    Membership,
    Organization,
    Project,
    User,
    hash_secret,
    time_zone_changed,
    time_zone_changing,
    time_zone_names,
)
from orgdash import clock

admin.site.login_form = StaffSignInForm


# Django's classes are generic for the type checker only, so a base class cannot name its model at run time.
class KeptAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that stay: no deleting, and `set_once` fields are read-only after creation."""

    set_once: tuple[str, ...] = ()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, *(self.set_once if obj else ()))

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """The form for a new row leaves out what the row gets by itself: ids and dates."""
        return [name for name in self.fields or () if obj or name not in self.readonly_fields]


class PersonCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


class PersonChangeForm(UserChangeForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = "__all__"


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    form = PersonChangeForm
    add_form = PersonCreationForm
    ordering = ("email",)
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    search_fields = ("email", "name")
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Permissions", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class OrganizationForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean(self) -> dict[str, Any] | None:
        zone = self.cleaned_data.get("time_zone")
        if self.instance.pk and "time_zone" in self.changed_data and zone in time_zone_names():
            # Its row before the locks of usage, as everyone takes them who changes a zone.
            Organization.objects.select_for_update().get(pk=self.instance.pk)
            time_zone_changing.send(sender=Organization, organization=self.instance, time_zone=zone)
        return super().clean()


@admin.register(Organization)
class OrganizationAdmin(KeptAdmin):
    form = OrganizationForm
    fields = ("public_id", "name", "plan", "time_zone", "status", "created_at")
    readonly_fields = ("public_id", "created_at")
    list_display = ("name", "public_id", "plan", "time_zone", "status")
    list_filter = ("plan", "status")
    search_fields = ("name", "public_id")

    def save_model(self, request: HttpRequest, obj: Organization, form: "forms.ModelForm[Any]", change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "time_zone" in form.changed_data:
            # Inside the transaction that the admin opens around every change.
            time_zone_changed.send(sender=Organization, organization=obj, now=clock.now())


@admin.register(Membership)
class MembershipAdmin(KeptAdmin):
    fields = ("public_id", "organization", "user", "role", "removed_at", "created_at")
    readonly_fields = ("public_id", "removed_at", "created_at")
    set_once = ("organization", "user")
    autocomplete_fields = ("organization", "user")
    list_display = ("user", "organization", "role", "removed_at")
    list_select_related = ("user", "organization")
    list_filter = ("role",)
    search_fields = ("user__email", "user__name", "organization__name", "public_id")
    actions = ("remove", "take_back")

    @admin.action(description="Remove from the organization", permissions=["change"])
    def remove(self, request: HttpRequest, queryset: QuerySet[Membership]) -> HttpResponse | None:
        """Asks first what becomes of their API keys, which do not stop by themselves."""
        choice = request.POST.get("api_keys")
        if choice not in ("keep", "revoke"):
            return self._ask_about_keys(request, queryset.filter(removed_at=None))
        left = leaving.remove(queryset, clock.now(), revoke=choice == "revoke")
        became = "revoked" if choice == "revoke" else "kept"
        self.message_user(request, f"{left.members} removed. Their usage stays. API keys {became}: {left.keys}.")
        return None

    def _ask_about_keys(self, request: HttpRequest, members: QuerySet[Membership]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "What becomes of their API keys?",
            "members": members,
            "count": members.count(),
            "keys": leaving.usable_keys(members).count(),
        }
        return render(request, "accounts/admin_remove.html", context)

    @admin.action(description="Take back into the organization", permissions=["change"])
    def take_back(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        self.message_user(request, f"{queryset.exclude(removed_at=None).update(removed_at=None)} taken back.")


@admin.register(Project)
class ProjectAdmin(KeptAdmin):
    fields = ("public_id", "organization", "name", "status", "created_at")
    readonly_fields = ("public_id", "created_at")
    set_once = ("organization",)
    autocomplete_fields = ("organization",)
    list_display = ("name", "public_id", "organization", "status")
    list_select_related = ("organization",)
    list_filter = ("status",)
    search_fields = ("name", "public_id", "organization__name")


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean(self) -> dict[str, Any] | None:
        project, creator = self.cleaned_data.get("project"), self.cleaned_data.get("created_by")
        if project and creator and creator.organization_id != project.organization_id:
            self.add_error("created_by", f"Not a member of {project.organization}, to which the project belongs.")
        elif creator and creator.removed_at:
            self.add_error("created_by", f"{creator.user} is no longer a member of {creator.organization}.")
        return super().clean()


class SecretAdmin(KeptAdmin):
    """Rows with a secret: made here, shown once on the answer to the form, revoked instead of deleted."""

    actions = ("revoke",)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """A page and no message: messages travel in a cookie. Nothing keeps it, nor a copy of it."""
        context = {**self.admin_site.each_context(request), "title": "Copy the secret", "made": obj, "opts": self.opts}
        response = render(request, "accounts/admin_secret.html", context)
        add_never_cache_headers(response)
        return response

    @admin.action(description="Revoke", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.message_user(request, f"{queryset.filter(revoked_at=None).update(revoked_at=clock.now())} revoked.")


@admin.register(ApiKey)
class ApiKeyAdmin(SecretAdmin):
    form = ApiKeyForm
    fields = (
        "public_id",
        "project",
        "created_by",
        "description",
        "last_four",
        "last_used_at",
        "revoked_at",
        "created_at",
    )
    readonly_fields = ("public_id", "last_four", "last_used_at", "revoked_at", "created_at")
    set_once = ("project", "created_by")
    autocomplete_fields = ("project", "created_by")
    list_display = ("description", "public_id", "last_four", "project", "created_by", "last_used_at", "revoked_at")
    list_select_related = ("project", "created_by__user", "created_by__organization")
    search_fields = ("description", "public_id", "project__name")

    def save_model(self, request: HttpRequest, obj: ApiKey, form: "forms.ModelForm[Any]", change: bool) -> None:
        if not change:
            obj.shown_secret = ApiKey.new_secret()  # type: ignore[attr-defined]  # for the answer alone
            obj.set_secret(obj.shown_secret)  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)


@admin.register(AccessToken)
class AccessTokenAdmin(SecretAdmin):
    fields = ("organization", "name", "scope", "creates_keys", "expires_at", "last_used_at", "revoked_at", "created_at")
    readonly_fields = ("last_used_at", "revoked_at", "created_at")
    set_once = ("organization", "scope", "creates_keys")
    autocomplete_fields = ("organization",)
    list_display = ("__str__", "organization", "scope", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("organization",)
    search_fields = ("name", "organization__name")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().get_changeform_initial_data(request), "expires_at": clock.now() + TOKEN_LIFETIME}

    def save_model(self, request: HttpRequest, obj: AccessToken, form: "forms.ModelForm[Any]", change: bool) -> None:
        if not change:
            obj.shown_secret = AccessToken.new_secret()  # type: ignore[attr-defined]  # for the answer alone
            obj.token_hash = hash_secret(obj.shown_secret)  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)
