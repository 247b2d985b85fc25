"""The sign-in form, for people and for site staff: one address is one name to the lockout, however it is typed."""

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm


class _OneSpellingMixin(forms.Form):
    def clean_username(self) -> str:
        """In lower case: else every capital letter would open ten more attempts."""
        return self.cleaned_data["username"].lower()


class SignInForm(_OneSpellingMixin, AuthenticationForm):
    pass


class StaffSignInForm(_OneSpellingMixin, AdminAuthenticationForm):
    pass
