"""The sign-in form, for people and for site staff: one address is one name to the lockout, however it is typed."""

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm

from accounts.models import MAX_EMAIL


class SignInForm(AuthenticationForm):
    def clean_username(self) -> str:
        """In lower case, else each spelling of an address would have ten attempts. Too long a name is refused."""
        username: str = self.cleaned_data["username"].lower()
        if len(username) > MAX_EMAIL:  # the table of attempts has no room for it either
            raise self.get_invalid_login_error()
        return username


class StaffSignInForm(SignInForm, AdminAuthenticationForm):
    pass
