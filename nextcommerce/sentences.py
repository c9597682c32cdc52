"""What is said of calls to NEXT that failed."""

from django.utils.translation import gettext_lazy as _

from wording.sentence import Label, SentenceTemplate

# What NEXT itself says, in its own words.
QUOTED = SentenceTemplate("quoted", "%(text)s")

# Our own settings, or limits, stopped the call.
URL_NOT_HTTPS = SentenceTemplate("url_not_https", _("The Admin API URL must start with https://."))
NO_ACCESS_TOKEN = SentenceTemplate("no_access_token", _("This store has no access token yet."))
PRIVATE_URL = SentenceTemplate("private_url", _("The Admin API URL isn't on the public internet."))
TOO_MANY_WAITING = SentenceTemplate(
    "too_many_waiting", _("Too many requests are waiting for NEXT Commerce. Try again in a minute.")
)
FOREIGN_PAGE_LINK = SentenceTemplate(
    "foreign_page_link", _("NEXT Commerce sent a next-page link to another address.")
)
UNKNOWN_ORDER_NUMBER = SentenceTemplate(
    "unknown_order_number", _("NEXT Commerce has no order with this number.")
)

# No response, and why.
NO_RESPONSE = SentenceTemplate("no_response", _("NEXT Commerce did not respond (%(reason)s)."))
TIMEOUT = Label.of(_("timeout"))
TLS_ERROR = Label.of(_("TLS or certificate error"))
NO_CONNECTION = Label.of(_("could not connect"))
CONNECTION_LOST = Label.of(_("connection lost"))

# Responses without words of NEXT.
INVALID_RESPONSE = SentenceTemplate("invalid_response", _("NEXT Commerce sent an invalid response."))
RATE_LIMITED = SentenceTemplate(
    "rate_limited", _("NEXT Commerce is limiting requests. Try again in a minute.")
)
REDIRECTED = SentenceTemplate(
    "redirected", _("NEXT Commerce redirected the request. Check the Admin API URL.")
)
SERVER_ERROR = SentenceTemplate("server_error", _("NEXT Commerce returned an error (%(status)s)."))
TOKEN_REJECTED = SentenceTemplate("token_rejected", _("NEXT Commerce rejected the access token."))
NOT_FOUND = SentenceTemplate("not_found", _("NEXT Commerce found nothing at this address (404)."))
REQUEST_REJECTED = SentenceTemplate("request_rejected", _("NEXT Commerce rejected the request (%(status)s)."))
