"""What the staff log says of accounts."""

from django.utils.translation import gettext_lazy as _

from wording.sentence import SentenceTemplate

TWO_FACTOR_RESET = SentenceTemplate("two_factor_reset", _("Two-factor sign-in reset."))
INVITATION_SENT_AGAIN = SentenceTemplate("invitation_sent_again", _("Sent again."))
PASSKEY_ADDED = SentenceTemplate("passkey_added", _("Passkey added."))
AUTHENTICATOR_ADDED = SentenceTemplate("authenticator_added", _("Authenticator app added."))
RECOVERY_CODES_CREATED = SentenceTemplate("recovery_codes_created", _("New recovery codes created."))
SIGN_IN_METHOD_REMOVED = SentenceTemplate("sign_in_method_removed", _("Sign-in method removed."))
