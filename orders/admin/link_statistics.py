"""The payment link's page in the admin, with what came of the link."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from catalog.admin.payment_links import PaymentLinkAdmin
from catalog.models import PaymentLink
from orders.link_statistics import sales_of

admin.site.unregister(PaymentLink)


@admin.register(PaymentLink)
class SoldLinkAdmin(PaymentLinkAdmin):
    def context_of(self, request: HttpRequest, link: PaymentLink) -> dict[str, Any]:
        return {**super().context_of(request, link), "sales": [sales_of(link)]}
