"""Why a product, its options, or its variants can't be saved as they are."""

from django.utils.translation import gettext_lazy as _

from wording.sentence import SentenceTemplate

TOO_MANY_OPTIONS = SentenceTemplate("too_many_options", _("A product can have at most %(count)d options."))
OPTION_NAMES_REPEATED = SentenceTemplate("option_names_repeated", _("Each option needs a unique name."))
OPTION_LABEL_LENGTH = SentenceTemplate(
    "option_label_length", _("Option names and values must have 1 to %(count)d characters.")
)
OPTION_VALUE_COUNT = SentenceTemplate("option_value_count", _("An option needs 1 to %(count)d values."))
OPTION_VALUES_REPEATED = SentenceTemplate(
    "option_values_repeated", _("An option cannot have the same value twice.")
)
SWATCH_KIND = SentenceTemplate("swatch_kind", _("A swatch must be a color, an image, or text."))
SWATCH_COLOR = SentenceTemplate("swatch_color", _("Write the color as a hex code such as #1f6f5c."))
SWATCH_PICTURE = SentenceTemplate("swatch_picture", _("An image swatch needs a picture."))
VARIANTS_REPEATED = SentenceTemplate("variants_repeated", _("Two variants have the same options."))
VARIANT_NEEDED = SentenceTemplate("variant_needed", _("A product needs at least one variant."))
TOO_MANY_VARIANTS = SentenceTemplate("too_many_variants", _("A product can have at most %(count)d variants."))
OPTION_VALUE_MISSING = SentenceTemplate(
    "option_value_missing", _("Every variant needs a value for each option.")
)
OPTION_VALUE_UNKNOWN = SentenceTemplate("option_value_unknown", _("%(option)s has no value %(value)s."))
PRICE_WITH_CENTS = SentenceTemplate(
    "price_with_cents", _("%(price)s is not a valid price: %(currency)s has no cents.")
)
PRICE_TOO_LOW = SentenceTemplate(
    "price_too_low", _("Prices must be at least %(least)s, the smallest amount that can be charged.")
)
NEXT_ID_REPEATED = SentenceTemplate(
    "next_id_repeated", _("Two variants have the NEXT Commerce ID %(id)d. Each needs its own.")
)
NEXT_ID_TAKEN = SentenceTemplate(
    "next_id_taken", _("“%(name)s” already has the NEXT Commerce ID %(id)d. Enter another one.")
)
PRODUCT_DUPLICATE = SentenceTemplate(
    "duplicate_product",
    _("Another product or variant already has this slug, NEXT Commerce ID, or combination of options."),
)
PRODUCT_CHANGED = SentenceTemplate(
    "product_changed",
    _("The product has changed since you loaded it. Load it again, then repeat your change."),
)
STOCK_CHANGED = SentenceTemplate(
    "stock_changed",
    _(
        "The stock of %(name)s has changed since you loaded it."
        " Load the product again, then repeat your change."
    ),
)
