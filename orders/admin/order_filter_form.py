"""The form above the order list: its filters, and what is chosen at the moment."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.admin.order_filters import FILTER_NAMES
from orders.models import Order
from orders.tags import list_tags_in_use
from stores.countries import list_countries
from stores.models import Store
from stores.staff_stores import get_staff_stores

ANY = ("", gettext_lazy("Any"))
# What the address says beside the filters.
SEARCH, PAGING = "q", ("p", "o", "e", "all")


@dataclass(frozen=True)
class ActiveFilter:
    """One chosen filter, and the list's query string without it."""

    label: str
    value: str
    query_without: str


class OrderFilterForm(forms.Form):
    """Named as in the list's address."""

    placed_from = forms.DateField(label=gettext_lazy("Placed from"), required=False)
    placed_to = forms.DateField(label=gettext_lazy("Placed until"), required=False)
    status__exact = forms.ChoiceField(
        label=gettext_lazy("Status"), choices=[ANY, *Order.Status.choices], required=False
    )
    payment = forms.ChoiceField(
        label=gettext_lazy("Payment"),
        choices=[
            ANY,
            ("paid", gettext_lazy("Paid")),
            ("unpaid", gettext_lazy("Unpaid")),
            ("refunded", gettext_lazy("Refunded in full or in part")),
        ],
        required=False,
    )
    to_ship = forms.ChoiceField(
        label=gettext_lazy("Shipping"), choices=[ANY, ("yes", gettext_lazy("To ship"))], required=False
    )
    in_review = forms.ChoiceField(
        label=gettext_lazy("Review"),
        choices=[ANY, ("yes", gettext_lazy("To review")), ("no", gettext_lazy("Nothing to review"))],
        required=False,
    )
    is_test__exact = forms.ChoiceField(
        label=gettext_lazy("Mode"),
        choices=[ANY, ("0", gettext_lazy("Live orders")), ("1", gettext_lazy("Test orders"))],
        required=False,
    )
    product = forms.CharField(
        label=gettext_lazy("Product"),
        required=False,
        widget=forms.TextInput({"placeholder": gettext_lazy("Name or SKU")}),
    )
    link = forms.CharField(
        label=gettext_lazy("Payment link"),
        required=False,
        widget=forms.TextInput({"placeholder": gettext_lazy("Product, address, or ID")}),
    )
    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False)
    tag = forms.ChoiceField(label=gettext_lazy("Tag"), required=False)
    store__id__exact = forms.ChoiceField(label=gettext_lazy("Store"), required=False)

    def __init__(self, query: QueryDict, *, tags: list[str], stores: list[Store]) -> None:
        super().__init__(query, auto_id="filter-%s", label_suffix="")
        chosen_tag = query.get("tag", "")
        extra = [chosen_tag] if chosen_tag and chosen_tag not in tags else []
        for name in ("placed_from", "placed_to"):
            self.fields[name].widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        self._set_choices("country", list_countries())
        self._set_choices("tag", [(tag, tag) for tag in [*tags, *extra]])
        self._set_choices("store__id__exact", [(str(store.pk), store.name) for store in stores])
        if len(stores) < 2:
            del self.fields["store__id__exact"]
        if not tags and not extra:
            del self.fields["tag"]

    def _set_choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [ANY, *choices]

    def list_active(self) -> list[ActiveFilter]:
        """Return the chosen filters, each with the address that removes it."""
        query = without_paging(self.data)
        active = []
        for field in self:
            value = str(field.value() or "")
            if not value:
                continue
            choices = getattr(field.field, "choices", ())
            shown = dict(choices).get(value, value)
            active.append(ActiveFilter(str(field.label), str(shown), encode_without(query, field.name)))
        if customer := query.get("customer"):
            active.append(ActiveFilter(_("Customer"), customer, encode_without(query, "customer")))
        return active


def without_paging(query: Any) -> QueryDict:
    """Return the filters and the search of a list's address, without empty ones."""
    kept = QueryDict(mutable=True)
    for name in (SEARCH, *FILTER_NAMES):
        if value := query.get(name, "").strip():
            kept[name] = value
    return kept


def encode_without(query: QueryDict, name: str) -> str:
    rest = query.copy()
    rest.pop(name, None)
    return rest.urlencode()


def build_filter_form(request: HttpRequest) -> OrderFilterForm:
    """Return the form. It asks for the store unless the whole list is of the chosen one."""
    staff_stores = get_staff_stores(request)
    stores = [] if staff_stores.chosen else staff_stores.stores
    return OrderFilterForm(request.GET, tags=list(list_tags_in_use()), stores=stores)
