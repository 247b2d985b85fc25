"""Sign in, sign out, change the password, and the way to the right organization."""

import math
from typing import Any

from django.contrib.auth import views as auth_views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import access, navigation, sign_in
from accounts.forms import NewPasswordForm, SignInForm


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("login")
    membership = access.last_used_membership(request)
    if membership is None:
        return render(request, "accounts/no_organization.html")
    return redirect(navigation.home_url(membership))


class SignIn(auth_views.LoginView):
    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_redirect_url(self) -> str:
        """Where `next` says, on this site only; never back to the form, which would go round in circles."""
        url = super().get_redirect_url()
        return "" if url.split("?")[0] == reverse("login") else url


class SignOut(auth_views.LogoutView):
    """By POST only; the organization seen last is forgotten with the session."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        response.delete_cookie(access.LAST_ORGANIZATION_COOKIE, samesite="Lax")
        return response


class PasswordChange(auth_views.PasswordChangeView):
    template_name = "accounts/password_change.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("password_change_done")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}


password_change = access.signed_in_page(PasswordChange.as_view())
password_change_done = access.signed_in_page(
    auth_views.PasswordChangeDoneView.as_view(template_name="accounts/password_change_done.html")
)


def too_many_attempts(request: HttpRequest, response: HttpResponse, credentials: dict[str, str] | None) -> HttpResponse:
    """What django-axes answers in place of the page while a name or an address is closed (AXES_LOCKOUT_CALLABLE)."""
    seconds = sign_in.wait_seconds(request)
    minutes = math.ceil(seconds / 60)
    answer = render(request, "accounts/too_many_attempts.html", {"minutes": minutes}, status=429)
    answer["Retry-After"] = str(seconds)
    return answer
