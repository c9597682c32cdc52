"""The payment link's page in the admin, with what came of the link."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from catalog.admin.payment_links import PaymentLinkAdmin
from catalog.models import PaymentLink
from orders.link_statistics import get_link_statistics

admin.site.unregister(PaymentLink)


@admin.register(PaymentLink)
class PaymentLinkStatisticsAdmin(PaymentLinkAdmin):
    def get_page_context(self, request: HttpRequest, link: PaymentLink) -> dict[str, Any]:
        return {**super().get_page_context(request, link), "statistics": [get_link_statistics(link)]}
