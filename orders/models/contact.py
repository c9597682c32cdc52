"""An email address that asked this shop for an email without having ordered."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from stores.crypto import make_url_token
from stores.ids import IdField
from stores.models import Store

CONTACT_PURPOSE = "stop-emails"


class Contact(models.Model):
    """The recipient of emails about no order, such as that a product is back in stock.

    Deleted once nothing is left to tell, and when the customer with this email is erased.
    """

    id = IdField("ctc")
    store = models.ForeignKey(Store, models.CASCADE, related_name="contacts", verbose_name=_("store"))
    email = models.EmailField(_("email"))
    language = models.CharField(max_length=10, default="en")
    # When its reader stopped emails that nobody asked for each time, such as reminders.
    stopped_at = models.DateTimeField(_("stopped at"), null=True)
    keep_until = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint("store", Lower("email"), name="contact_email_once_in_a_store")
        ]
        indexes: ClassVar = [models.Index(fields=["keep_until"], name="contact_old")]

    def __str__(self) -> str:
        return self.id

    @property
    def name(self) -> str:
        """Return "": people without an order didn't give a name."""
        return ""

    @property
    def is_erased(self) -> bool:
        """Return False: an erasure deletes the row."""
        return False

    def make_stop_token(self) -> str:
        """Return the secret part of the address that stops the emails."""
        return make_url_token(purpose=CONTACT_PURPOSE, subject=self.pk)
