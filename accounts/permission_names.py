"""Permissions as people read them: “Orders: refund”, in their language."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.models import Permission
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# What Django's own permissions of each model allow, and ours.
ACTS: Mapping[str, str | Promise] = {
    "add": gettext_lazy("add"),
    "change": gettext_lazy("change"),
    "delete": gettext_lazy("delete"),
    "view": gettext_lazy("view"),
    "note": gettext_lazy("add notes"),
    "refund": gettext_lazy("refund"),
    "cancel": gettext_lazy("cancel"),
    "export": gettext_lazy("export"),
    "handle": gettext_lazy("mark as handled"),
    "erase": gettext_lazy("erase personal data"),
    "open_customer_page": gettext_lazy("open customers' own pages"),
    "change_store_keys": gettext_lazy("change the API address, access token, and webhook secret"),
}


def name_permission(permission: Permission) -> str:
    """Return the permission in the reader's language. One of a removed model keeps its name."""
    model = permission.content_type.model_class()
    codename = permission.codename
    act = ACTS.get(codename) or ACTS.get(codename.partition("_")[0])
    if model is None or act is None:
        return permission.name
    text = _("%(rows)s: %(act)s")
    return text % {"rows": capfirst(str(model._meta.verbose_name_plural)), "act": act}


class PermissionField(forms.ModelMultipleChoiceField):
    """Offers permissions by their names."""

    def label_from_instance(self, obj: Any) -> str:
        return name_permission(obj)
