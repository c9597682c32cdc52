"""Admin actions that export or erase a customer's personal data.

They are in this app because the data includes payment intents and webhook events.
"""

from django.contrib import admin, messages
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff_log import log_staff_act
from checkout.privacy import erase_customer, export_customer, list_unsent_orders
from checkout.sentences import PERSONAL_DATA_ERASED, PERSONAL_DATA_EXPORTED
from orders.admin.customers import CustomerAdmin
from orders.models import Customer
from stores.errors import Problem
from stores.extendable_admin import AdminPanel


@admin.action(description=gettext_lazy("Export as JSON"), permissions=["export"])
def export_as_json(
    model_admin: CustomerAdmin, request: HttpRequest, queryset: QuerySet[Customer]
) -> HttpResponse | None:
    """Download one customer's data as a JSON file."""
    customers = list(queryset.select_related("store")[:2])
    if len(customers) != 1:
        model_admin.message_user(request, _("Select one customer."), messages.ERROR)
        return None
    (customer,) = customers
    data = export_customer(customer=customer, actor=request.user.get_username())
    log_staff_act(actor=request.user, row=customer, text=PERSONAL_DATA_EXPORTED.fill())
    response = JsonResponse(
        data, encoder=DjangoJSONEncoder, json_dumps_params={"indent": 2, "ensure_ascii": False}
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{customer.pk}.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


@admin.action(description=gettext_lazy("Erase personal data"), permissions=["erase"])
def erase_personal_data(
    model_admin: CustomerAdmin, request: HttpRequest, queryset: QuerySet[Customer]
) -> HttpResponse | None:
    """Ask for confirmation, then erase the selected customers' personal data permanently."""
    if "confirmed" not in request.POST:
        customers = [
            (customer, list_unsent_orders(customer)) for customer in queryset.select_related("store")
        ]
        return TemplateResponse(
            request,
            "admin/checkout/erase_customers.html",
            {
                **model_admin.admin_site.each_context(request),
                "title": _("Erase personal data"),
                "customers": customers,
                "has_unsent": any(unsent for _customer, unsent in customers),
                "opts": model_admin.opts,
            },
        )
    for customer in queryset.select_related("store"):
        try:
            erase_customer(
                customer=customer,
                actor=request.user.get_username(),
                even_if_unsent="even_if_unsent" in request.POST,
            )
        except Problem as problem:
            model_admin.message_user(request, f"{customer}: {problem.message}", messages.ERROR)
            continue
        customer.refresh_from_db()  # so that the log entry does not contain the old name
        log_staff_act(actor=request.user, row=customer, text=PERSONAL_DATA_ERASED.fill())
        model_admin.message_user(
            request,
            _("Erased %(customer)s. NEXT Commerce keeps its own data. Erase it there too.")
            % {"customer": customer.pk},
        )
    return None


def build_privacy_panels(
    model_admin: CustomerAdmin, request: HttpRequest, customer: Customer
) -> list[AdminPanel]:
    """Return the buttons that export or erase one customer's data."""
    return [AdminPanel("actions", "admin/checkout/customer_privacy.html")]


CustomerAdmin.register_panels(build_privacy_panels)
CustomerAdmin.register_action(export_as_json)
CustomerAdmin.register_action(erase_personal_data)
