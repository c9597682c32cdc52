"""Customers handed over as JSON or erased, as they wish: actions of their list in the admin.

Here, since erasing reaches payment intents and webhook events too.
"""

from django.contrib import admin, messages
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from checkout.privacy import erase_customer, export_customer
from orders.admin.customers import CustomerAdmin
from orders.models import Customer
from stores.errors import Problem


@admin.action(description=gettext_lazy("Export as JSON"), permissions=["change"])
def export_as_json(
    model_admin: CustomerAdmin, request: HttpRequest, queryset: QuerySet[Customer]
) -> HttpResponse | None:
    """One customer's data as a file."""
    customers = list(queryset.select_related("store")[:2])
    if len(customers) != 1:
        model_admin.message_user(request, _("Choose one customer."), messages.ERROR)
        return None
    (customer,) = customers
    data = export_customer(customer=customer, actor=request.user.get_username())
    model_admin.log_change(request, customer, _("Exported."))
    response = JsonResponse(
        data, encoder=DjangoJSONEncoder, json_dumps_params={"indent": 2, "ensure_ascii": False}
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{customer.pk}.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


@admin.action(description=gettext_lazy("Erase personal data"), permissions=["change"])
def erase_personal_data(
    model_admin: CustomerAdmin, request: HttpRequest, queryset: QuerySet[Customer]
) -> HttpResponse | None:
    """Asks first; then empties what is personal for good."""
    if "confirmed" not in request.POST:
        return TemplateResponse(
            request,
            "admin/checkout/erase_customers.html",
            {
                **model_admin.admin_site.each_context(request),
                "title": _("Erase personal data"),
                "customers": queryset.select_related("store"),
                "opts": model_admin.opts,
            },
        )
    for customer in queryset.select_related("store"):
        try:
            erase_customer(customer=customer, actor=request.user.get_username())
        except Problem as problem:
            model_admin.message_user(request, f"{customer}: {problem.message}", messages.ERROR)
            continue
        customer.refresh_from_db()  # its old name is in no log
        model_admin.log_change(request, customer, _("Personal data erased."))
        model_admin.message_user(
            request,
            _("%(customer)s is erased. The NEXT Commerce store keeps its own data: erase it there too.")
            % {"customer": customer.pk},
        )
    return None


CustomerAdmin.register_action(export_as_json)
CustomerAdmin.register_action(erase_personal_data)
