"""What staff did, as Django and the shop's own actions log it."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from accounts.staff_log import describe_log_entry, name_logged_rows


@admin.register(LogEntry)
class StaffLogAdmin(admin.ModelAdmin):
    """Read-only: who did what, and when."""

    list_display = ("action_time", "user", "content_type", "rows", "message")
    list_display_links = None
    list_filter = ("action_flag", "action_time")
    list_select_related = ("user", "content_type")
    search_fields = ("user__username", "object_repr")
    fields = ("action_time", "user", "content_type", "object_id", "rows", "message")
    readonly_fields = ("rows", "message")
    # As they were written. Django has no index on the time.
    ordering = ("-id",)
    sortable_by = ()
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("what"))
    def message(self, entry: LogEntry) -> str:
        return describe_log_entry(entry)

    @admin.display(description=gettext_lazy("object"))
    def rows(self, entry: LogEntry) -> str:
        return name_logged_rows(entry)
