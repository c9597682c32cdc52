"""The fields of a change form in the admin, as a browser would send them back."""

from typing import Any


def read_admin_form(page: Any) -> dict[str, Any]:
    """Return the values of the page's form and of its inline tables."""
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    values = {form.add_prefix(name): form[name].value() for form in forms for name in form.fields}
    return {name: value for name, value in values.items() if value is not None and value is not False}
