"""Invite people to the staff by email, with a signed link that works once."""

import datetime

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Invitation, User
from accounts.permissions import list_roles_to_give
from accounts.roles import name_role

VALID_FOR = datetime.timedelta(days=3)
_SALT = "accounts.invitation"


class InvitationClosed(Exception):
    """The invitation was accepted, withdrawn, or replaced meanwhile."""


def make_invitation_token(invitation: Invitation) -> str:
    """Return the secret part of the link. Only the newest link of an invitation is valid."""
    return signing.dumps([invitation.pk, invitation.sent_at.timestamp()], salt=_SALT)


def find_invitation(token: str) -> Invitation | None:
    """Return the open invitation of a link, or None if the link is invalid, old, or used.

    An inviter who left or may no longer give the role ends the invitation, too.
    """
    try:
        pk, sent = signing.loads(token, salt=_SALT, max_age=VALID_FOR)
    except signing.BadSignature:
        return None
    invitation = Invitation.objects.select_related("role", "invited_by").filter(pk=pk).first()
    if invitation is None or invitation.accepted_at or invitation.sent_at.timestamp() != sent:
        return None
    inviter = invitation.invited_by
    if inviter is None or not inviter.is_active or not inviter.has_perm("accounts.add_invitation"):
        return None
    return invitation if list_roles_to_give(inviter).filter(pk=invitation.role_id).exists() else None


@transaction.atomic
def accept_invitation(*, invitation: Invitation, username: str, password: str) -> User:
    """Create the user with the invitation's role. Raises InvitationClosed if it isn't open anymore."""
    still_open = Invitation.objects.filter(
        pk=invitation.pk, accepted_at=None, sent_at=invitation.sent_at, role=invitation.role_id
    )
    if not still_open.update(accepted_at=timezone.now()):
        raise InvitationClosed
    first_name, _space, last_name = invitation.name.strip().partition(" ")
    user = User.objects.create_user(
        username,
        invitation.email,
        password,
        is_staff=True,
        first_name=first_name,
        last_name=last_name.strip(),
    )
    user.groups.add(invitation.role)
    Invitation.objects.filter(pk=invitation.pk).update(user=user)
    return user


def renew_invitation(*, invitation: Invitation) -> None:
    """End the links sent before, so that another can be sent."""
    invitation.sent_at = timezone.now()
    invitation.save(update_fields=["sent_at"])


def email_invitation(*, invitation: Invitation, address: str) -> None:
    """Send the link. Raises whatever the email backend raises."""
    inviter = invitation.invited_by
    name = (inviter.get_full_name() or inviter.get_username()) if inviter else ""
    body = _(
        "%(name)s invited you to help run the store, as %(role)s.\n\n"
        "Choose your user name and password here:\n%(address)s\n\n"
        "The link works once, for %(days)d days. If you didn't expect this, ignore this email."
    ) % {"name": name, "role": name_role(invitation.role), "address": address, "days": VALID_FOR.days}
    EmailMessage(
        _("You're invited to Storefront"), body, settings.DEFAULT_FROM_EMAIL, [invitation.email]
    ).send()
