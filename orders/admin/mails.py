"""The outbox, to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from orders import mail
from orders.models import Mail
from orders.subscriptions import news
from stores.admin_lists import KnownValues, LookOnly


class KindFilter(KnownValues):
    title = gettext_lazy("kind")
    parameter_name = "kind"
    values = (
        *(mail.CONFIRMATION, mail.DISPATCH, mail.LINKS, mail.INVOICE),
        *(news.SUBSCRIBED, news.SKIPPED, news.CHANGED, *sorted(news.STATES), *sorted(news.REMINDERS)),
        news.FAILED,
    )


@admin.register(Mail)
class MailAdmin(LookOnly):
    """What was mailed, and what could not be."""

    list_display = ("order", "kind", "created_at", "sent_at", "attempts", "next_try_at", "last_error")
    list_filter = (KindFilter, ("sent_at", admin.EmptyFieldListFilter))
    list_select_related = ("order",)
    search_fields = ("order__number",)
