"""`{{ action|log_text }}`: what staff did, in the reader's language."""

from django import template
from django.contrib.admin.models import LogEntry

from accounts.staff_log import describe_log_entry

register = template.Library()


@register.filter
def log_text(entry: LogEntry) -> str:
    """Return what was done."""
    return describe_log_entry(entry)
