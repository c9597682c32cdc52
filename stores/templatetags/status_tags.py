"""States of NEXT in templates."""

from django import template

from nextcommerce import status_labels

register = template.Library()


@register.filter
def status_label(code: object) -> str:
    """Return NEXT's word for a state as people read it: `{{ order.next_payment_status|status_label }}`."""
    return status_labels.label_status(str(code or ""))
