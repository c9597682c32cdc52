"""The permissions that staff may give to others: only those they have themselves."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet

from accounts.models import User


def list_permissions(user: User) -> QuerySet[Permission]:
    """Return the permissions of a user, also of one who can't sign in at the moment."""
    if user.is_superuser:
        return Permission.objects.all()
    return Permission.objects.filter(Q(user=user) | Q(group__user=user)).distinct()


def list_roles_to_give(user: User) -> QuerySet[Group]:
    """Return the groups without any permission that the user lacks."""
    if user.is_superuser:
        return Group.objects.all()
    own = list_permissions(user).values("pk")
    beyond = Permission.objects.exclude(pk__in=own)
    return Group.objects.exclude(permissions__in=beyond)


def has_all_permissions_of(user: User, other: User) -> bool:
    """Return True if nothing that `other` may do is closed to the user."""
    if user.is_superuser:
        return True
    if other.is_superuser:
        return False
    return not list_permissions(other).exclude(pk__in=list_permissions(user).values("pk")).exists()
