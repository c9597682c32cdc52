"""`{{ role|role_name }}`: a role in the reader's language."""

from django import template
from django.contrib.auth.models import Group

from accounts import roles

register = template.Library()


@register.filter
def role_name(role: Group) -> str:
    """Return the role's name."""
    return roles.name_role(role)
