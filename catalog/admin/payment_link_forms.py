"""Forms of a payment link: what it sells, which is final, and its settings, which aren't."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin.json_table_forms import TableFormSet, TableModelForm
from catalog.admin.payment_link_tables import (
    AddOnFormSet,
    IncludedItemFormSet,
    LinkMetadataFormSet,
    QuestionFormSet,
    list_included_rows,
)
from catalog.free_amount import parse_amount, validate_free_amount
from catalog.link_validation import EXTRA_NAMES, SLUG_PATTERN, AddOnDraft, LinkExtras
from catalog.models import PaymentLink, Product, Variant
from catalog.payment_links import LinkTerms
from stores.discount_codes import is_possible_code
from stores.errors import Problem
from stores.money import format_money


class LinkSettingsForm(TableModelForm):
    """Everything about a link that may change at any time."""

    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Separate them with commas. For staff only."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    display_mode = forms.ChoiceField(
        label=gettext_lazy("Show variants as"),
        choices=[("grid", gettext_lazy("tiles")), ("list", gettext_lazy("list"))],
    )
    show_inventory = forms.BooleanField(label=gettext_lazy("Show stock"), required=False)
    return_url = forms.URLField(
        label=gettext_lazy("Send shoppers to"),
        required=False,
        assume_scheme="https",
        max_length=500,
        help_text=gettext_lazy("An address to go on to after payment, such as https://example.com/welcome."),
        widget=forms.URLInput(attrs={"class": "vURLField"}),
    )
    # Purchases count it down while staff have the form open, so it is saved only if they changed it.
    uses_left = forms.IntegerField(
        label=gettext_lazy("Purchases left"),
        required=False,
        min_value=0,
        max_value=2_147_483_647,
        show_hidden_initial=True,
        help_text=gettext_lazy("The link closes after this many purchases. Leave blank for no limit."),
        widget=forms.NumberInput(attrs={"class": "vIntegerField"}),
    )

    class Meta:
        model = PaymentLink
        fields: ClassVar[tuple[str, ...]] = (
            "name",
            "slug",
            "opens_at",
            "expires_at",
            "closed_message",
            "max_quantity",
            "prefilled_email",
            "thank_you_text",
            "return_label",
            "returns_at_once",
            "custom_text_label",
            "suggested_amounts",
            "discount_code",
            "accepts_codes",
        )

    # The link whose settings the form starts with.
    source: PaymentLink | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.source is None and self.instance.created_at is not None:
            self.source = self.instance
        if self.source is not None:
            self._fill_in(self.source)
        self.fields["return_label"].widget.attrs["placeholder"] = _("Continue where you left off")

    def _fill_in(self, link: PaymentLink) -> None:
        config = link.variant_config if isinstance(link.variant_config, dict) else {}
        self.initial.update(
            tags=", ".join(tag.name for tag in link.tags.all()),
            display_mode=config.get("display_mode", "grid"),
            show_inventory=config.get("show_inventory") is True,
            return_url=link.return_url,
            uses_left=link.uses_left,
        )

    def make_tables(self, data: Any) -> Sequence[TableFormSet]:
        link = self.source or (self.instance if self.instance.created_at else None)
        names = ("label", "kind", "is_required", "choices")
        self.question_table: QuestionFormSet = QuestionFormSet(
            data, prefix="questions", initial=list(link.questions.values(*names)) if link else []
        )
        self.metadata_table: LinkMetadataFormSet = LinkMetadataFormSet(
            data,
            prefix="notes",
            initial=[
                {"name": name, "value": value} for name, value in (link.metadata if link else {}).items()
            ],
        )
        return [self.question_table, self.metadata_table]

    def clean_slug(self) -> str | None:
        slug = (self.cleaned_data["slug"] or "").lower()
        if slug and not SLUG_PATTERN.fullmatch(slug):
            raise forms.ValidationError(
                _("A short address has only lowercase letters, digits, and hyphens, such as summer-sale.")
            )
        return slug or None

    def clean_discount_code(self) -> str:
        code = str(self.cleaned_data["discount_code"]).strip()
        if code and not is_possible_code(code):
            raise forms.ValidationError(_("A discount code can't contain spaces."))
        return code

    def clean_suggested_amounts(self) -> str:
        texts = str(self.cleaned_data["suggested_amounts"]).split()
        if any(parse_amount(text) is None for text in texts):
            raise forms.ValidationError(_("Enter amounts separated by spaces, such as 10 25 50."))
        return " ".join(texts)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("returns_at_once") and not (data.get("return_url") or "").startswith("https://"):
            self.add_error("return_url", _("Enter an address that starts with https://."))
        return data

    @property
    def keeps_uses_left(self) -> bool:
        return "uses_left" not in self.changed_data

    def to_extras(self) -> LinkExtras:
        """Return the settings for the services. What the form doesn't ask for stays."""
        kept = {name: getattr(self.instance, name) for name in EXTRA_NAMES}
        return LinkExtras(**{name: self.cleaned_data.get(name, kept[name]) for name in EXTRA_NAMES})

    def to_tags(self) -> list[str]:
        return str(self.cleaned_data["tags"]).split(",")

    def to_variant_config(self) -> dict[str, Any]:
        """Return how variants are shown, with what programs stored beside it."""
        config = self.source.variant_config if self.source else {}
        known = config if isinstance(config, dict) else {}
        data = self.cleaned_data
        return {**known, "display_mode": data["display_mode"], "show_inventory": data["show_inventory"]}


class PaymentLinkForm(LinkSettingsForm):
    """Creates a payment link for one product."""

    primaries = forms.MultipleChoiceField(
        label=gettext_lazy("Variants sold"), widget=forms.CheckboxSelectMultiple
    )
    default = forms.ChoiceField(label=gettext_lazy("Selected by default"))
    price = forms.DecimalField(
        label=gettext_lazy("Price for one"),
        required=False,
        max_digits=12,
        decimal_places=2,
        help_text=gettext_lazy(
            "On this link, for one-time purchases. Leave blank for the product's own price."
        ),
    )

    class Meta(LinkSettingsForm.Meta):
        fields: ClassVar = (*LinkSettingsForm.Meta.fields, "min_amount", "max_amount", "fixed_quantity")

    def __init__(
        self, *args: Any, product: Product, copy_of: PaymentLink | None = None, **kwargs: Any
    ) -> None:
        self.product, self.source = product, copy_of
        super().__init__(*args, **kwargs)
        variants = [variant for variant in product.variants.all() if variant.active]
        choices = [(variant.pk, _variant_label(variant, product)) for variant in variants]
        for name in ("primaries", "default"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        self.fields["min_amount"].help_text = _(
            "Set this to let shoppers enter the price themselves. They can then buy one unit, without a plan."
        )
        self.fields["fixed_quantity"].help_text = _("Leave blank to let shoppers choose the quantity.")
        self.initial["primaries"] = [pk for pk, _label in choices]
        if copy_of is not None:
            self._copy_from(copy_of)

    def _copy_from(self, copy_of: PaymentLink) -> None:
        own = {"slug", "uses_left"}
        self.initial.update({name: getattr(copy_of, name) for name in EXTRA_NAMES if name not in own})
        if copy_of.name:
            self.initial["name"] = _("%(name)s (copy)") % {"name": copy_of.name[:90]}
        self.initial.update(
            min_amount=copy_of.min_amount,
            max_amount=copy_of.max_amount,
            uses_left=None,
            fixed_quantity=copy_of.fixed_quantity,
            price=next((row.price for row in copy_of.link_variants.all() if row.is_primary), None),
            primaries=[row.variant_id for row in copy_of.link_variants.all() if row.is_primary],
            default=copy_of.default_variant_id,
        )

    def to_terms(self) -> LinkTerms:
        """Return what else is final about the link."""
        data = self.cleaned_data
        # A bundle is sold as it is. Where shoppers enter the price, they buy one unit anyway.
        is_fixed = bool(self.included_table.rows) and data["min_amount"] is None
        return LinkTerms(
            min_amount=data["min_amount"],
            max_amount=data["max_amount"],
            fixed_quantity=data["fixed_quantity"] or (1 if is_fixed else None),
            prices=dict.fromkeys(data["primaries"], data["price"]),
        )

    def to_add_ons(self) -> list[AddOnDraft]:
        """Return what else the link sells: what is included, and what can be added."""
        included: list[AddOnDraft] = self.included_table.add_ons()
        return [*included, *self.add_on_table.add_ons()]

    def make_tables(self, data: Any) -> Sequence[TableFormSet]:
        rows = list(self.source.link_variants.all()) if self.source else []
        self.included_table: IncludedItemFormSet = IncludedItemFormSet(
            data,
            prefix="included",
            form_kwargs={"product": self.product},
            initial=list_included_rows(rows),
        )
        self.add_on_table: AddOnFormSet = AddOnFormSet(
            data,
            prefix="addons",
            form_kwargs={"product": self.product},
            initial=[
                {
                    "variant": row.variant_id,
                    "min_quantity": row.min_quantity,
                    "max_quantity": row.max_quantity,
                }
                for row in rows
                if not row.is_primary and not row.is_included
            ],
        )
        return [self.included_table, self.add_on_table, *super().make_tables(data)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        primaries, default = data.get("primaries"), data.get("default")
        if primaries and default and default not in primaries:
            self.add_error("default", _("Choose one of the variants this link sells."))
        try:
            validate_free_amount(
                product=self.product, least=data.get("min_amount"), most=data.get("max_amount")
            )
        except Problem as problem:
            self.add_error(problem.field, problem.message)
        return data


def _variant_label(variant: Variant, product: Product) -> str:
    price = format_money(variant.price, product.default_currency)
    return f"{variant.title or product.name} – {price}"
