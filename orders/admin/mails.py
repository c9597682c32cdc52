"""The outbox, to look at."""

from django.contrib import admin
from django.http import HttpRequest

from orders.models import Mail


@admin.register(Mail)
class MailAdmin(admin.ModelAdmin):
    """What was mailed, and what could not be."""

    list_display = ("order", "kind", "created_at", "sent_at", "attempts", "next_try_at", "last_error")
    list_filter = ("kind", ("sent_at", admin.EmptyFieldListFilter))
    list_select_related = ("order",)
    search_fields = ("order__number",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        return False
