"""The forms of sign-in and password. One address is one name to the lockout, however it is typed."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.models import MAX_EMAIL, User
from orgdash import sight


class SignInForm(AuthenticationForm):
    def clean_username(self) -> str:
        """In lower case, else each spelling of an address would have ten attempts. Too long a name is refused."""
        username: str = self.cleaned_data["username"].lower()
        if len(username) > MAX_EMAIL:  # the table of attempts has no room for it either
            raise self.get_invalid_login_error()
        sight.show(email=username)
        return username


class StaffSignInForm(SignInForm, AdminAuthenticationForm):
    pass


class NewPasswordForm(PasswordChangeForm):
    """A wrong old password counts as a failed sign-in: whoever found a browser signed in guesses no faster."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    def clean_old_password(self) -> str:
        old: str = self.cleaned_data["old_password"]
        if authenticate(self.request, username=self.user.email, password=old) is None:
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return old

    def save(self, commit: bool = True) -> User:
        """Of a person the server may write the password alone."""
        user: User = super().save(commit=False)
        if commit:
            user.save(update_fields=["password"])
        return user
