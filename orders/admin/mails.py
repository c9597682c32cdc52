"""The outbox, to look at."""

from django.contrib import admin

from orders.models import Mail
from stores.admin_lists import LookOnly


@admin.register(Mail)
class MailAdmin(LookOnly):
    """What was mailed, and what could not be."""

    list_display = ("order", "kind", "created_at", "sent_at", "attempts", "next_try_at", "last_error")
    list_filter = ("kind", ("sent_at", admin.EmptyFieldListFilter))
    list_select_related = ("order",)
    search_fields = ("order__number",)
