"""The form field that turns payment methods on and puts them in order."""

from collections.abc import Mapping
from typing import Any

from babel import Locale
from django import forms
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, to_locale
from django.utils.translation import gettext as _

from stores.payment_methods import PAYMENT_METHODS, PaymentMethod

MAX_NAMED_COUNTRIES = 3


class OrderedMethodsWidget(forms.Widget):
    """A box and a position for each method. Works without JavaScript."""

    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.methods: list[PaymentMethod] = list(PAYMENT_METHODS.values())
        self.notes: Mapping[str, str] = {}  # by code

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_{self.methods[0].code}" if id_ else ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """Return the codes of the ticked methods by position. Equal positions keep the order of the list."""
        codes = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])

        def find_position(code: str) -> int:
            typed = str(data.get(f"{name}_position_{code}", "")).strip()
            return int(typed) if typed.isdecimal() and len(typed) < 5 else len(PAYMENT_METHODS)

        return sorted(codes, key=find_position)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False  # no ticked box is a value, too

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = list(value or [])
        rows = sorted(
            self.methods, key=lambda row: chosen.index(row.code) if row.code in chosen else len(chosen)
        )
        items = format_html_join(
            "\n", "{}", ((self._render_row(name, row, chosen, attrs or {}),) for row in rows)
        )
        return format_html('<ul class="payment-methods">{}</ul>', items)

    def _render_row(
        self, name: str, method: PaymentMethod, chosen: list[str], attrs: dict[str, Any]
    ) -> SafeString:
        row_id = f"{attrs.get('id') or f'id_{name}'}_{method.code}"
        is_chosen = method.code in chosen
        note = " · ".join(filter(None, (describe_limits(method), self.notes.get(method.code, ""))))
        return format_html(
            '<li><label for="{id}"><input type="checkbox" name="{name}" value="{code}" id="{id}"{checked}>'
            ' {label}</label> <span class="payment-method-position"><label for="{id}_position">{position}'
            '</label> <input type="number" min="1" max="99" name="{name}_position_{code}" id="{id}_position"'
            ' value="{number}"></span>{note}</li>',
            id=row_id,
            name=name,
            code=method.code,
            checked=SafeString(" checked") if is_chosen else "",
            label=method.label,
            position=_("Position"),
            number=chosen.index(method.code) + 1 if is_chosen else "",
            note=format_html('<span class="help">{}</span>', note) if note else "",
        )


class OrderedMethodsField(forms.Field):
    """Payment methods: which, and in what order."""

    widget = OrderedMethodsWidget
    default_error_messages = {
        "required": gettext_lazy("Turn on at least one payment method."),
        "unknown": gettext_lazy("Choose from the payment methods listed."),
    }

    def offer(self, methods: list[PaymentMethod], notes: Mapping[str, str]) -> None:
        """List only these methods, with a note on some, by code."""
        self._list.methods, self._list.notes = methods, notes

    @property
    def _list(self) -> OrderedMethodsWidget:
        assert isinstance(self.widget, OrderedMethodsWidget)
        return self.widget

    def to_python(self, value: Any) -> list[str]:
        codes = list(dict.fromkeys(value or []))
        if not {*codes} <= {method.code for method in self._list.methods}:
            raise forms.ValidationError(self.error_messages["unknown"], code="unknown")
        return codes

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != list(data or [])


def describe_limits(method: PaymentMethod) -> str:
    """Return for staff where and for what the method works, or "" if there is no limit."""
    if method.is_test:
        return _("Charges nothing. Test stores only.")
    parts = []
    if method.currencies:
        parts.append(", ".join(sorted(method.currencies)))
    if len(method.countries) > MAX_NAMED_COUNTRIES:
        parts.append(_("%(count)d countries") % {"count": len(method.countries)})
    elif method.countries:
        names = Locale.parse(to_locale(get_language() or "en")).territories
        parts.append(", ".join(names[code] for code in sorted(method.countries)))
    if method.least_amount:
        parts.append(_("from %(least)s") % {"least": number_format(method.least_amount, 2)})
    if not method.takes_subscriptions:
        parts.append(_("no subscriptions"))
    if method.settles_later:
        parts.append(_("money arrives days later"))
    return " · ".join(parts)
