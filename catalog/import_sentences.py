"""Why rows of a file and products of NEXT aren't imported, what an import changes, and why pictures fail."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from wording.sentence import Label, SentenceTemplate

# Rows of a file. They complete "Row 7 rejected:".
BAD_SLUG = SentenceTemplate("row_bad_slug", _("the slug may contain only letters, digits, - and _"))
SLUG_TOO_LONG = SentenceTemplate("row_slug_too_long", _("the slug is longer than 120 characters"))
EMPTY_SLUG = SentenceTemplate("row_empty_slug", _("the slug is empty"))
EMPTY_NAME = SentenceTemplate("row_empty_name", _("the name is empty"))
TEXT_TOO_LONG = SentenceTemplate("row_text_too_long", _("%(column)s is longer than %(max)d characters"))
MIXED_OPTIONS = SentenceTemplate("row_mixed_options", _("every variant must have the same options"))
REPEATED_OPTIONS = SentenceTemplate("row_repeated_options", _("another row has the same options"))
OPTION_WITHOUT_VALUE = SentenceTemplate("row_option_without_value", _("an option has no value"))
FOREIGN_CURRENCY = SentenceTemplate("row_foreign_currency", _("prices must be in %(ours)s, not %(theirs)s"))
PRICE_MISSING = SentenceTemplate("row_price_missing", _("a new variant needs a price"))
STOCK_TOO_HIGH = SentenceTemplate("row_stock_too_high", _("the stock is higher than 2,000,000,000"))
NOT_YES_OR_NO = SentenceTemplate("row_not_yes_or_no", _("%(column)s must be yes or no, not “%(cell)s”"))
NOT_A_PRICE = SentenceTemplate(
    "row_not_a_price", _("the price must be a number such as 49.90, not “%(cell)s”")
)
NOT_A_COUNT = SentenceTemplate("row_not_a_count", _("%(column)s must be a whole number, not “%(cell)s”"))
EXTRA_CELLS = SentenceTemplate(
    "row_extra_cells", _("the row has more cells than the header; put text with commas in quotes")
)
NULL_CHARACTER = SentenceTemplate("row_null_character", _("a cell contains a null character"))
FORMULA_ERROR = SentenceTemplate("row_formula_error", _("“%(cell)s” is a formula error from the spreadsheet"))
CELL_TOO_LONG = SentenceTemplate("row_cell_too_long", _("a cell is too long"))
DIFFERS_FROM_ROW = SentenceTemplate("row_differs", _("%(column)s differs from row %(first)d"))
AMBIGUOUS_CATEGORY = SentenceTemplate(
    "row_ambiguous_category", _("several categories are named “%(name)s”; use its slug")
)
UNKNOWN_CATEGORY = SentenceTemplate(
    "row_unknown_category",
    _("there is no category “%(name)s”; add it under Products → Categories first"),
)
TOO_MANY_PICTURES = SentenceTemplate(
    "row_too_many_pictures", _("a product can have at most %(count)d pictures")
)
NOT_A_PICTURE_URL = SentenceTemplate(
    "row_not_a_picture_url",
    _("“%(url)s” isn't the address of a picture. It must start with https://"),
)

# Products of NEXT.
INVALID_DATA = SentenceTemplate("next_invalid_data", _("NEXT Commerce sent invalid data for it"))
WITHOUT_VARIANT = SentenceTemplate("next_without_variant", _("it has no variant"))
VARIANT_WITHOUT_ID = SentenceTemplate("next_variant_without_id", _("%(variant)s has no id"))
VARIANT_WITHOUT_PRICE = SentenceTemplate(
    "next_variant_without_price", _("%(variant)s has no price in %(currency)s")
)
VARIANT_REPEATED = SentenceTemplate(
    "next_variant_repeated", _("%(variant)s has the same options as another variant")
)
VARIANT_LIKE_DEACTIVATED = SentenceTemplate(
    "next_variant_like_deactivated", _("%(sku)s has the same options as a deactivated variant")
)
VARIANT_ALREADY_SOLD = SentenceTemplate(
    "next_variant_already_sold", _("%(sku)s is already sold as “%(product)s”")
)
NO_LONGER_SOLD = SentenceTemplate(
    "next_no_longer_sold", _("deactivated, because NEXT Commerce no longer sells it")
)

# What an import changes.
VARIANT_FIELD = SentenceTemplate("variant_field", "%(title)s %(field)s")
NEW_VARIANT = SentenceTemplate("new_variant", _("new variant"))
NEW_VARIANT_TITLED = SentenceTemplate("new_variant_titled", _("new variant %(title)s"))
STOCK_COUNT = SentenceTemplate("stock_count", _("stock %(count)s"))
STOCK_NOT_COUNTED = SentenceTemplate("stock_not_counted", _("stock not counted"))
NOT_COUNTED = SentenceTemplate("not_counted", _("not counted"))
SKU = SentenceTemplate("sku", _("SKU %(sku)s"))
NOT_ACTIVE = SentenceTemplate("not_active", _("not active"))
PICTURES_TO_DOWNLOAD = SentenceTemplate(
    "pictures_to_download", ngettext_lazy("%(count)d to download", "%(count)d to download", "count")
)
PICTURES = SentenceTemplate("pictures", _("pictures"))
YES, NO = Label.of(_("yes")), Label.of(_("no"))

# Pictures.
DOWNLOAD_FAILED = SentenceTemplate(
    "download_failed", _("We couldn't download a picture from this address: %(reason)s.")
)
NOT_PUBLIC = SentenceTemplate("download_not_public", _("it is not on the public internet"))
INVALID_ADDRESS = SentenceTemplate("download_invalid_address", _("it is not a valid address"))
NOT_HTTPS = SentenceTemplate("download_not_https", _("it must start with https://"))
NO_ANSWER = SentenceTemplate("download_no_answer", _("the server did not respond"))
HOST_NOT_FOUND = SentenceTemplate("download_host_not_found", _("the host was not found"))
BAD_STATUS = SentenceTemplate("download_bad_status", _("the server answered with status %(status)d"))
TOO_MANY_REDIRECTS = SentenceTemplate("download_too_many_redirects", _("there are too many redirects"))
NOT_SAVED = SentenceTemplate("picture_not_saved", _("The picture couldn't be saved."))
TOO_LARGE = SentenceTemplate(
    "picture_too_large", _("The picture is larger than 40 MB. Upload a smaller one.")
)
UNREADABLE = SentenceTemplate(
    "picture_unreadable", _("We can't read this picture. Upload a JPEG, PNG, WebP, AVIF, or HEIC file.")
)
TOO_MANY_PIXELS = SentenceTemplate(
    "picture_too_many_pixels",
    _("The picture has more than %(limit)d million pixels. Upload a smaller one."),
)
