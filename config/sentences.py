"""What the staff log says of reports."""

from django.utils.translation import gettext_lazy as _

from wording.sentence import SentenceTemplate

REPORT_EXPORTED = SentenceTemplate("report_exported", _("Exported the report “%(report)s” as CSV."))
