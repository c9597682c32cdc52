"""The user model, and invitations to become one."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser, Group
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person who signs in to the admin. Shoppers have no accounts.

    People sign in by user name. The email address identifies nobody, so two may share a mailbox.
    """

    # Whether a sign-in needs a second step. Set with the first method, so that no page has to look for one.
    uses_two_factor = models.BooleanField(_("two-factor sign-in"), default=False, editable=False)


class Invitation(models.Model):
    """A link by email, with which somebody chooses a user name and a password, once."""

    email = models.EmailField(_("email"))
    name = models.CharField(_("name"), max_length=150, blank=True)
    role = models.ForeignKey(Group, models.CASCADE, related_name="+", verbose_name=_("role"))
    # No invitation outlives the account that gave it.
    invited_by = models.ForeignKey(
        User, models.CASCADE, related_name="+", null=True, editable=False, verbose_name=_("invited by")
    )
    # Part of the link, so that a new one ends the one before.
    sent_at = models.DateTimeField(_("sent at"), default=timezone.now, editable=False)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, editable=False)
    user = models.ForeignKey(
        User, models.SET_NULL, related_name="+", null=True, editable=False, verbose_name=_("user")
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering: ClassVar = ["-sent_at", "-id"]

    def __str__(self) -> str:
        return self.email
