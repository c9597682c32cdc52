"""Users and roles in the admin. Nobody gives more than they have, or changes who may do more."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission
from django.db.models import Field, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.permission_names import PermissionField
from accounts.permissions import has_all_permissions_of, list_permissions, list_roles_to_give
from accounts.roles import RolesField, name_role
from accounts.sentences import TWO_FACTOR_RESET
from accounts.staff_log import log_staff_act
from accounts.two_factor import reset_two_factor

# Superuser status is given by superusers only: it is every permission at once.
SUPERUSER_FIELDS = ("is_superuser",)


class RoleFilter(admin.RelatedFieldListFilter):
    """Users with a role, by its name in the reader's language."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(role.pk), name_role(role)) for role in Group.objects.order_by("name")]


@admin.register(User)
class StaffUserAdmin(UserAdmin):
    list_display = (
        "username",
        "email",
        "first_name",
        "last_name",
        "is_staff",
        "is_active",
        "uses_two_factor",
    )
    list_filter = ("is_staff", "is_superuser", "is_active", ("groups", RoleFilter), "uses_two_factor")
    readonly_fields = ("last_login", "date_joined", "uses_two_factor")
    fieldsets = (
        *UserAdmin.fieldsets,  # type: ignore[misc]
        (gettext_lazy("Sign-in"), {"fields": ("uses_two_factor",)}),
    )
    actions = ("reset_two_factor",)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_manage(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_manage(request, obj)

    def has_reset_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        hidden = () if request.user.is_superuser else SUPERUSER_FIELDS
        return (*super().get_readonly_fields(request, obj), *hidden)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["queryset"] = list_roles_to_give(_user_of(request))
            kwargs["form_class"] = RolesField
        return super().formfield_for_manytomany(db_field, request, **_limit(db_field, request, kwargs))

    @admin.action(description=gettext_lazy("Reset two-factor sign-in"), permissions=["reset"])
    def reset_two_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Let people who lost their phone and codes sign in with their password and set up anew."""
        for user in queryset:
            reset_two_factor(user)
            log_staff_act(actor=request.user, row=user, text=TWO_FACTOR_RESET.fill())
            self.message_user(
                request,
                _("%(user)s can now sign in with the password alone.") % {"user": user},
                messages.SUCCESS,
            )


class RoleAdmin(GroupAdmin):
    """Groups. Those with permissions that the user lacks can only be viewed."""

    list_display = ("role_name",)

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def role_name(self, role: Group) -> str:
        return name_role(role)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_edit_role(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_edit_role(request, obj)

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **_limit(db_field, request, kwargs))


admin.site.unregister(Group)
admin.site.register(Group, RoleAdmin)


def _user_of(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]
    return user


def _may_manage(request: HttpRequest, obj: User | None) -> bool:
    return obj is None or has_all_permissions_of(_user_of(request), obj)


def _may_edit_role(request: HttpRequest, obj: Group | None) -> bool:
    return obj is None or list_roles_to_give(_user_of(request)).filter(pk=obj.pk).exists()


def _limit(db_field: "Field[Any, Any]", request: HttpRequest, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Offer only the permissions that the user has, by their names."""
    if db_field.related_model is Permission:
        own = list_permissions(_user_of(request)).values("pk")
        kwargs["queryset"] = Permission.objects.filter(pk__in=own).select_related("content_type")
        kwargs["form_class"] = PermissionField
    return kwargs
