"""What the staff log says of the catalog. The other modules of sentences are loaded with this one."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from catalog import import_sentences as import_sentences
from catalog import product_sentences as product_sentences
from wording.sentence import SentenceTemplate

PUT_ON_SALE = SentenceTemplate("put_on_sale", _("Put on sale."))
TAKEN_OFF_SALE = SentenceTemplate("taken_off_sale", _("Taken off sale."))
LINK_OPENED = SentenceTemplate("link_opened", _("Opened."))
LINK_CLOSED = SentenceTemplate("link_closed", _("Closed."))
LOGO_CHANGED = SentenceTemplate("logo_changed", _("Logo changed."))
LOGO_REMOVED = SentenceTemplate("logo_removed", _("Logo removed."))
PRICES_CHANGED = SentenceTemplate("prices_changed", _("Changed prices by %(value)s."))
TOOK_NEXT_VALUE = SentenceTemplate("took_next_value", _("%(field)s: took NEXT Commerce's value."))
KEPT_OUR_VALUE = SentenceTemplate("kept_our_value", _("%(field)s: kept ours."))
FILE_IMPORTED = SentenceTemplate(
    "file_imported", _("Imported “%(file)s”: %(new)d new, %(changed)d changed, %(refused)d refused.")
)
IMPORT_STARTED = SentenceTemplate("import_started", _("Import started. You can leave this page."))
SHOWN_WITHOUT_PICTURES = SentenceTemplate(
    "shown_without_pictures",
    ngettext_lazy("%(count)d product is now on sale.", "%(count)d products are now on sale.", "count"),
)
PICTURES_RETRIED = SentenceTemplate(
    "pictures_retried",
    ngettext_lazy(
        "%(count)d picture will be downloaded again.", "%(count)d pictures will be downloaded again.", "count"
    ),
)
PICTURES_CHANGED = SentenceTemplate("pictures_changed", _("Changed pictures."))
PICTURE_VARIANTS_CHANGED = SentenceTemplate(
    "picture_variants_changed", _("Changed which variants show a picture.")
)
PICTURES_ADDED = SentenceTemplate(
    "pictures_added", ngettext_lazy("%(count)d picture added.", "%(count)d pictures added.", "count")
)
MISSING_HIDDEN = SentenceTemplate(
    "missing_hidden", ngettext_lazy("%(count)d item is off sale.", "%(count)d items are off sale.", "count")
)
MISSING_KEPT = SentenceTemplate(
    "missing_kept", ngettext_lazy("%(count)d item stays on sale.", "%(count)d items stay on sale.", "count")
)
ADDED_TO_CATEGORY = SentenceTemplate(
    "added_to_category",
    ngettext_lazy(
        "%(count)d product added to “%(name)s”.", "%(count)d products added to “%(name)s”.", "count"
    ),
)
REMOVED_FROM_CATEGORY = SentenceTemplate(
    "removed_from_category",
    ngettext_lazy(
        "%(count)d product removed from “%(name)s”.", "%(count)d products removed from “%(name)s”.", "count"
    ),
)
