"""The form of the product page in the admin."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin.json_table_forms import TableModelForm
from catalog.admin.product_picture_forms import MultiplePicturesField
from catalog.admin.product_variant_forms import make_new_variant_formset
from catalog.models import Category, Product, SellingPlanGroup


class ProductForm(TableModelForm):
    """A product with its plans and the settings for new variants."""

    plan_groups = forms.ModelMultipleChoiceField(
        SellingPlanGroup.objects.none(),
        label=gettext_lazy("Selling plans"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Offered for every variant without plans of its own."),
    )
    categories = forms.ModelMultipleChoiceField(
        Category.objects.none(),
        label=gettext_lazy("Categories"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    make_variants = forms.BooleanField(
        label=gettext_lazy("Create missing variants"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Adds a variant for each missing option combination."),
    )
    new_price = forms.DecimalField(
        label=gettext_lazy("Price of new variants"),
        max_digits=12,
        decimal_places=2,
        required=False,
        validators=[MinValueValidator(0)],
    )
    new_stock = forms.IntegerField(
        label=gettext_lazy("Stock of new variants"),
        required=False,
        min_value=0,
        help_text=gettext_lazy("Leave blank if you don't track stock. These variants never sell out."),
    )
    new_pictures = MultiplePicturesField(
        label=gettext_lazy("Pictures"),
        required=False,
        help_text=gettext_lazy(
            "JPEG, PNG, WebP, AVIF, or HEIC, up to 40 MB each and 50 MB at a time. Choose several at once."
        ),
    )
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Product
        fields = (
            "store",
            "name",
            "slug",
            "description",
            "seo_title",
            "seo_description",
            "active",
            "listed",
            "collect_shipping_address",
            "collect_tax_address",
            "tax_code",
            "starts_at_once",
            "requires_selling_plan",
            "manufacturer",
            "responsible_person",
            "safety_warnings",
            "next_product_id",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        product = self.instance
        if product._state.adding:
            self.fields["new_price"].required = True
            self.fields["new_price"].label = _("Price")
            self.fields["new_stock"].label = _("Stock")
            self.fields["new_stock"].help_text = _("Leave blank if you don't track stock.")
            self.fields["make_variants"].widget = forms.HiddenInput()
            self.fields["slug"].required = False
            self.fields["slug"].help_text = _("Leave blank to create it from the name.")
            self.fields["plan_groups"].help_text = _("Save the product first, then choose its plans.")
            self.fields["categories"].help_text = _("Save the product first, then choose its categories.")
            return
        groups, categories = self.fields["plan_groups"], self.fields["categories"]
        assert isinstance(groups, forms.ModelMultipleChoiceField)
        assert isinstance(categories, forms.ModelMultipleChoiceField)
        categories.queryset = Category.objects.filter(store=product.store_id)
        self.initial["categories"] = list(product.categories.values_list("pk", flat=True))
        groups.queryset = SellingPlanGroup.objects.filter(store=product.store_id)
        self.initial["plan_groups"] = [
            use.group_id for use in product.plan_group_uses.all() if use.variant_id is None
        ]
        self.initial["make_variants"] = False
        self.initial["seen_version"] = product.version

    def make_tables(self, data: Any) -> list[Any]:
        self.new_variants = make_new_variant_formset(data)
        return [self.new_variants] if self.new_variants.is_bound else []

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        product = self.instance
        if not product._state.adding:
            require_seen_version(product, data.get("seen_version"))
        if data.get("make_variants") and data.get("new_price") is None and "new_price" not in self.errors:
            self.add_error("new_price", _("Enter a price for the new variants."))
        return data


def require_seen_version(product: Product, seen: int | None) -> None:
    """Raise ValidationError if the product has changed since the page was opened."""
    if seen != product.version:
        raise ValidationError(
            _("Someone else changed this product. Reload the page, then make your change again.")
        )
