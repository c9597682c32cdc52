"""`{% admin_panels "payments" %}`: what apps above added to a slot of a page (`stores.extendable_admin`)."""

from django import template
from django.template import Context
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from stores.extendable_admin import AdminPanel

register = template.Library()


@register.simple_tag(takes_context=True)
def admin_panels(context: Context, slot: str) -> SafeString:
    """Render each panel of the slot within the page's context; a page of no object yet has no panels."""
    panels: dict[str, list[AdminPanel]] = context.get("panels") or {}
    assert context.template is not None
    rendered = []
    for panel in panels.get(slot, []):
        with context.update(panel.context):
            rendered.append(context.template.engine.get_template(panel.template).render(context))
    return format_html_join("", "{}", ((html,) for html in rendered))
