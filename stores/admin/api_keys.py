"""The admin pages of API keys: issue one, and revoke them."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff_log import log_staff_act
from stores.admin_changelists import StoreListAdmin
from stores.crypto import decrypt_text, encrypt_text
from stores.models import ApiKey
from stores.sentences import KEY_REVOKED

# In the session: the key that was issued last, its secret encrypted, and until when it may be shown.
ISSUED_KEY = "issued_api_key"
SHOWN_FOR = timedelta(minutes=10)


@admin.register(ApiKey)
class ApiKeyAdmin(StoreListAdmin):
    """API keys. They are issued and revoked, never edited or deleted."""

    list_display = ("prefix", "name", "store", "created_at", "last_used_at", "revoked_at")
    list_filter = ("store", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("store",)
    search_fields = ("name", "prefix")
    fields = ("store", "name", "prefix", "created_at", "last_used_at", "revoked_at")
    readonly_fields = ("prefix", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke",)

    def get_urls(self) -> list[URLPattern]:
        issued = self.admin_site.admin_view(self.issued_view)
        return [path("<int:pk>/issued/", issued, name="stores_apikey_issued"), *super().get_urls()]

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        # Without an object, Django asks whether list actions are allowed. A single key can't be changed.
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        return self.fields if obj else ("store", "name")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {"may_revoke": self.has_change_permission(request)} | (extra_context or {})
        return super().change_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: ModelForm, change: bool) -> None:
        row, secret = ApiKey.objects.issue(store=obj.store, name=obj.name)
        obj.__dict__.update(row.__dict__)
        # Sessions are in the database, a copy of which must open nothing.
        request.session[ISSUED_KEY] = {
            "id": row.pk,
            "secret": str(encrypt_text(secret)),
            "until": (timezone.now() + SHOWN_FOR).timestamp(),
        }

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Lead to the page with the new key, so that reloading it issues no other."""
        return redirect("admin:stores_apikey_issued", obj.pk)

    def issued_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show a new key to the person who issued it, until they say that they copied it."""
        if request.method == "POST":
            request.session.pop(ISSUED_KEY, None)
            return redirect("admin:stores_apikey_changelist")
        issued = request.session.get(ISSUED_KEY, {})
        if issued.get("id") != pk or issued["until"] < timezone.now().timestamp():
            request.session.pop(ISSUED_KEY, None)
            text = _("A key is shown only once. Issue another if you didn't copy this one, and revoke it.")
            self.message_user(request, text, messages.WARNING)
            return redirect("admin:stores_apikey_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": _("New API key"),
            "opts": self.opts,
            "key": get_object_or_404(ApiKey.objects.select_related("store"), pk=pk),
            "secret": decrypt_text(issued["secret"]),
        }
        response = TemplateResponse(request, "admin/stores/apikey/issued.html", context)
        response["Cache-Control"] = "no-store"
        return response

    @admin.action(description=gettext_lazy("Revoke permanently"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        """Ask first, then revoke the keys: programs that use them fail at once."""
        valid = queryset.filter(revoked_at=None)
        if not valid:
            self.message_user(request, _("These keys are already revoked."), messages.WARNING)
            return None
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": _("Revoke API keys"),
                "opts": self.opts,
                "keys": valid.select_related("store"),
            }
            return TemplateResponse(request, "admin/stores/apikey/revoke.html", context)
        for key in valid:
            key.revoke()
            log_staff_act(actor=request.user, row=key, text=KEY_REVOKED.fill())
        self.message_user(request, _("Revoked. Programs can no longer use these keys."))
        return None
