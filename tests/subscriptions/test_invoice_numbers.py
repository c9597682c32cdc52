"""Invoice numbers: one sequence in a store, one number for one charge, allocated when it is paid."""

import io

from pypdf import PdfReader

from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent
from checkout.selection import Selection, SelectionLine
from orders.models import Order
from orders.sync import sync_order
from subscriptions.invoice_pdf import get_invoice_number, render_invoice_pdf
from subscriptions.models import Invoice
from tests.factories import make_plan, make_product, variant_of
from tests.payments.helpers import pay_at_link, submit_checkout


def test_two_subscriptions_of_one_order_share_its_invoice(shop):
    coffee = make_product(shop, name="Coffee", price="18.00", collect_shipping_address=False)
    tea = make_product(shop, name="Tea", price="9.00", collect_shipping_address=False)
    lines = tuple(
        SelectionLine(variant=variant_of(product), quantity=1, plan=make_plan(product, interval=interval))
        for product, interval in ((coffee, "week"), (tea, "month"))
    )
    intent = submit_checkout(shop, Selection(source="cart", lines=lines))
    pay_at_link(intent)
    check_payment_intent(intent=intent, source="return")
    reconcile_due_rows()

    invoices = Invoice.objects.select_related("store", "order", "subscription__order")

    assert len(invoices) == 2
    assert {get_invoice_number(invoice)[-6:] for invoice in invoices} == {"-00001"}
    first, second = (read_text(invoice) for invoice in invoices)
    assert first == second
    assert (first.count("Coffee"), first.count("Tea")) == (1, 1)


def test_unpaid_orders_leave_no_gap_and_a_number_never_changes(shop):
    unpaid = submit_checkout(shop, key="purchase-1")
    paid = [submit_checkout(shop, key=f"purchase-{number}") for number in (2, 3)]
    for intent in paid:
        pay_at_link(intent)
        check_payment_intent(intent=intent, source="return")
    first, second = (Order.objects.get(pk=intent.order_id) for intent in paid)

    sync_order(order=first, source="staff")

    assert Order.objects.get(pk=unpaid.order_id).invoice_number == ""
    first.refresh_from_db()
    assert [order.invoice_number[-6:] for order in (first, second)] == ["-00001", "-00002"]


def read_text(invoice):
    reader = PdfReader(io.BytesIO(render_invoice_pdf(invoice=invoice)))
    return "".join("".join(page.extract_text().split()) for page in reader.pages)
