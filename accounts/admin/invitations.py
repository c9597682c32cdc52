"""Invitations in the admin: send one, send it again, or withdraw it."""

import logging
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.invitations import VALID_FOR, email_invitation, make_invitation_token, renew_invitation
from accounts.models import Invitation
from accounts.permissions import list_roles_to_give
from accounts.role_table import list_role_rows
from accounts.roles import RoleField, name_role
from accounts.sentences import INVITATION_SENT_AGAIN
from accounts.staff_log import log_staff_act

logger = logging.getLogger(__name__)


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    """Invitations are sent and withdrawn, never edited. One that was accepted stays as a record."""

    list_display = ("email", "name", "role_name", "state", "invited_by", "sent_at")
    list_select_related = ("role", "invited_by", "user")
    search_fields = ("email", "name")
    fields = ("email", "name", "role")
    actions = ("send_again",)

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.accepted_at is None)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show, beside the form, what each role may do."""
        roles = list(list_roles_to_give(request.user))  # type: ignore[arg-type]
        context = {"roles": roles, "role_rows": list_role_rows(roles)} | (extra_context or {})
        return super().add_view(request, form_url, context)

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        if obj is None:
            return self.fields
        return ("email", "name", "role_name", "state", "invited_by", "sent_at", "accepted_at", "user")

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only roles whose permissions the inviter has."""
        if db_field.name == "role":
            kwargs["queryset"] = list_roles_to_give(request.user)  # type: ignore[arg-type]
            kwargs["form_class"] = RoleField
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "role" and field is not None:
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_view_related = False
        return field

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        obj.invited_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)
        # After the commit: the mail server may take its time, and the link must be valid once it arrives.
        transaction.on_commit(partial(self._send, request, obj))

    @admin.action(description=gettext_lazy("Send again"), permissions=["add"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        """Send new links, which end the ones before. The sender is the inviter from then on."""
        roles = list_roles_to_give(request.user)  # type: ignore[arg-type]
        for invitation in queryset.filter(accepted_at=None, role__in=roles):
            invitation.invited_by = request.user  # type: ignore[assignment]
            invitation.save(update_fields=["invited_by"])
            renew_invitation(invitation=invitation)
            log_staff_act(actor=request.user, row=invitation, text=INVITATION_SENT_AGAIN.fill())
            self._send(request, invitation)

    def _send(self, request: HttpRequest, invitation: Invitation) -> None:
        path = reverse("admin:invitation", args=[make_invitation_token(invitation)])
        try:
            email_invitation(invitation=invitation, address=request.build_absolute_uri(path))
        except Exception:  # each email provider raises its own
            logger.exception("an invitation couldn't be sent")
            text = _("We couldn't send the email to %(email)s. Check the email settings, then send it again.")
            self.message_user(request, text % {"email": invitation.email}, messages.ERROR)
        else:
            text = _("Invitation sent to %(email)s.")
            self.message_user(request, text % {"email": invitation.email}, messages.SUCCESS)

    @admin.display(description=gettext_lazy("role"), ordering="role__name")
    def role_name(self, invitation: Invitation) -> str:
        return name_role(invitation.role)

    @admin.display(description=gettext_lazy("status"))
    def state(self, invitation: Invitation) -> str:
        if invitation.accepted_at:
            return _("accepted")
        return _("expired") if invitation.sent_at + VALID_FOR < timezone.now() else _("waiting")
