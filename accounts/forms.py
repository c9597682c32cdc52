"""Forms of the sign-in pages."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class AcceptInvitationForm(UserCreationForm):
    """The user name and password of somebody who was invited."""

    class Meta(UserCreationForm.Meta):
        model = User
        fields: ClassVar = ("username",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


class CodeForm(forms.Form):
    """A code of an authenticator app, or a recovery code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "autocapitalize": "none", "size": 24}
        ),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
