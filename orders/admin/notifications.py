"""The outbox, to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from orders.admin.order_lists import OrderRelatedAdmin
from orders.models import Notification


@admin.register(Notification)
class NotificationAdmin(OrderRelatedAdmin):
    """What was mailed, and what could not be."""

    list_display = ("order", "kind", "created_at", "sent_at", "attempts", "next_try_at", "last_error")
    list_filter = ("kind", ("sent_at", admin.EmptyFieldListFilter))
    list_select_related = ("order",)
    exact_search_fields = ()
    search_help_text = gettext_lazy("Any part of the order's number, name or e-mail.")
