"""What the staff log says of stores."""

from django.utils.translation import gettext_lazy as _

from wording.sentence import SentenceTemplate

STORE_CONNECTED = SentenceTemplate("store_connected", _("Connected."))
KEY_REVOKED = SentenceTemplate("key_revoked", _("Revoked."))
