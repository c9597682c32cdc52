"""Staff managing orders, in a real browser."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from orders.models import Order
from orders.notifications import resend_notification
from tests.browser.conftest import accessibility_violations, overflow_pixels, take_screenshot
from tests.factories import make_review
from tests.payments.helpers import make_selection, net_charged, pay_at_link, post_return, submit_checkout


@pytest.fixture
def order(live_shop):
    intent = submit_checkout(live_shop, make_selection(live_shop, quantity=2))
    intent.store = live_shop
    post_return(intent, pay_at_link(intent))
    return Order.objects.get()


@pytest.fixture
def staff(live_shop, admin_client):
    """Return a function that signs a page in as the owner."""

    def sign_in(page):
        cookie = admin_client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_shop.origin}])
        return page

    return sign_in


@pytest.mark.browser
def test_staff_refund_one_item(live_shop, order, page, staff):
    staff(page).goto(f"{live_shop.origin}/admin/orders/order/{order.pk}/change/")
    page.get_by_role("link", name="Refund…").click()
    page.get_by_label("Desk lamp").fill("1")
    page.get_by_role("button", name="Review refund").click()
    take_screenshot(page, "admin-refund")
    page.get_by_role("button", name="Refund $49.00 now").click()

    expect(page.get_by_text("Refunded $49.00.", exact=True)).to_be_visible()
    assert net_charged(live_shop) == Decimal("54.00")


@pytest.mark.browser
@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_order_pages_are_accessible(live_shop, order, open_page, staff, width):
    order = Order.objects.get()
    make_review(order, "Paid after the item sold out. Ship later or refund.")
    email = resend_notification(order=order, kind="confirmation")
    page = staff(open_page(width=width))
    results = {}
    for name, path in {
        "list": "",
        "order": f"{order.pk}/change/",
        "refund": f"{order.pk}/refund/",
        "packing-slip": f"{order.pk}/packing-slip/",
        "invoice": f"{order.pk}/invoice/",
        "email": f"../notification/{email.pk}/change/",
        "customer": f"../customer/{order.customer_id}/change/",
    }.items():
        page.goto(f"{live_shop.origin}/admin/orders/order/{path}")
        take_screenshot(page, f"admin-{name}-{width}")
        results[name] = (accessibility_violations(page), overflow_pixels(page))

    assert {name: result for name, result in results.items() if result != ([], 0)} == {}


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_start_page_is_accessible(live_shop, order, open_page, staff, scheme):
    page = staff(open_page(scheme=scheme))
    page.goto(f"{live_shop.origin}/admin/")
    take_screenshot(page, f"admin-first-{scheme}")

    expect(page.get_by_role("img", name="Sales and the period before")).to_be_visible()
    assert accessibility_violations(page) == []
