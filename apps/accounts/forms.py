"""The forms of the account pages."""

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm

from apps.accounts.models import Scope, User
from apps.accounts.tokens import DEFAULT_DAYS, MAX_DAYS

LIFETIMES = [(7, "7 days"), (30, "30 days"), (90, "90 days"), (MAX_DAYS, "1 year")]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """What users may change of themselves."""

    class Meta:
        model = User
        fields = ("first_name", "last_name")


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(max_length=100, help_text="What it is for, such as “nightly mosaics on the lab server”.")
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, widget=forms.CheckboxSelectMultiple, initial=[Scope.READ], label="May"
    )
    expires_days = forms.TypedChoiceField(choices=LIFETIMES, coerce=int, initial=DEFAULT_DAYS, label="Ends after")


class AcceptForm(SetPasswordForm):  # type: ignore[type-arg]
    """The first password of an invited user; the rules see the e-mail address."""

    def __init__(self, email: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(User(email=email), *args, **kwargs)
