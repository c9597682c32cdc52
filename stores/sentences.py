"""What the staff log says of stores, and how a file was read."""

from django.utils.translation import gettext_lazy as _

from wording.sentence import Label, SentenceTemplate

STORE_CONNECTED = SentenceTemplate("store_connected", _("Connected."))
KEY_REVOKED = SentenceTemplate("key_revoked", _("Revoked."))

# Files.
CSV_READ_AS = SentenceTemplate("csv_read_as", _("%(encoding)s, separated by %(separator)s"))
SEPARATOR_NAMES = {
    ",": Label.of(_("commas")),
    ";": Label.of(_("semicolons")),
    "\t": Label.of(_("tabs")),
}
XLSX_READ_AS = SentenceTemplate("xlsx_read_as", _("Excel workbook, sheet “%(name)s”"))
