"""The PDF documents of an order, at its secret address: the invoice, and credit notes."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orders.invoice_pdf import render_credit_note, render_order_invoice
from orders.models import CreditNote, Order
from orders.views.order_status import find_order_by_token
from stores.decorators import private_page
from stores.errors import NotFound
from stores.http import ShopRequest
from stores.lookups import get_or_not_found


@private_page
@require_safe
def show_invoice(request: ShopRequest, token: str) -> HttpResponse:
    """Answer with the invoice. Raises NotFound for an order that isn't paid or whose buyer was erased."""
    order = require_documents(find_order_by_token(request, token))
    return send_pdf(render_order_invoice(order), name=order.invoice_number)


@private_page
@require_safe
def show_credit_note(request: ShopRequest, token: str, number: str) -> HttpResponse:
    """Answer with a credit note of the order. Raises NotFound."""
    order = require_documents(find_order_by_token(request, token))
    note = get_or_not_found(
        CreditNote.objects.filter(order=order), _("This order has no such document."), number=number
    )
    note.order = order
    return send_pdf(render_credit_note(note), name=note.number)


def require_documents(order: Order) -> Order:
    """Return the order. Raises NotFound if there is nothing to bill, or nobody."""
    if not order.invoice_number or order.is_erased:
        raise NotFound(_("This order has no such document."))
    return order


def send_pdf(content: bytes, *, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
