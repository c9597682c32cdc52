"""The upsell pages without JavaScript."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from checkout.models import UpsellAttempt
from checkout.payments.payment_return import payment_page_url
from checkout.upsells.selection import thanks_url, upsell_url
from orders.models import Order
from stores.crypto import make_url_token
from tests.factories import make_plan, make_store
from tests.payments.helpers import net_charged, own_checkout
from tests.taxes.helpers import read
from tests.upsells.helpers import buy_and_settle, make_upsell, operation_names

pytestmark = pytest.mark.any_database

SAME_ORIGIN = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}


class Visitor:
    """A shopper in the browser that began the checkout."""

    def __init__(self, client):
        self.client = client
        client.handler.enforce_csrf_checks = True
        self.page = None

    def buy(self, shop, **kwargs):
        order = buy_and_settle(shop, **kwargs)
        own_checkout(self.client, order)
        return order

    def open(self, path):
        """Open the path and follow redirects."""
        self.page = self.client.get(path, follow=True)
        return self.page

    def say(self, word, **headers):
        path = re.search(r'<form method="post" action="([^"]+)"', self.page.text)[1]
        self.page = self.client.post(path, {"answer": word}, headers=SAME_ORIGIN | headers, follow=True)
        return self.page

    @property
    def path(self):
        return self.page.request["PATH_INFO"]


@pytest.fixture
def visitor(client):
    return Visitor(client)


def test_upsell_page_follows_payment_with_the_exact_amount(shop, visitor):
    make_upsell(shop, quantity=2, headline="Light for a year", text="Two bulbs\n\n<b>bright</b>")
    order = visitor.buy(shop)

    page = visitor.open(payment_page_url(order.payment_intents.get()))

    assert visitor.path == upsell_url(order)
    assert "Light for a year" in page.text
    assert "&lt;b&gt;bright&lt;/b&gt;" in page.text
    assert "Yes, add it and pay $15.00" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "strict-origin"
    assert UpsellAttempt.objects.get().status == "shown"


@pytest.mark.parametrize(
    ("mode", "rate", "said", "not_said"),
    [
        # 7.50 with a tax of 10% that it contains, that is added to it, or that only NEXT knows
        (
            "included",
            "10",
            ["pay $7.50", "Includes $0.68 Sales tax (10%)."],
            "plus",
        ),
        ("included", "", ["pay $7.50", "Prices include tax."], "Includes"),
        ("added", "10", ["pay $8.25", "Sales tax (10%) $0.75", "Total due now USD $8.25"], "plus"),
        (
            "at_payment",
            "10",
            ["pay $7.50 plus tax", "Estimated tax $0.75", "Estimated total"],
            "due",
        ),
        ("at_payment", "", ["pay $7.50 plus tax", "Tax Calculated at payment", "Total before tax"], "due"),
        ("none", "", ["pay $7.50", "Total due now USD $7.50"], "tax"),
    ],
)
def test_upsell_page_says_what_its_tax_is(shop, visitor, mode, rate, said, not_said):
    shop.tax_mode = mode
    shop.save()
    if rate:
        shop.tax_rates.create(country="US", name="Sales tax", rate=rate)
    make_upsell(shop)
    order = visitor.buy(shop)

    text = read(visitor.open(upsell_url(order))).partition("Add Light bulb to your order?")[2]

    for sentence in said:
        assert sentence in text
    assert not_said not in text


def test_discounted_upsell_claims_no_former_price(shop, visitor):
    make_upsell(shop, discount_percent=20)
    order = visitor.buy(shop)

    page = visitor.open(upsell_url(order)).text

    assert "Yes, add it and pay $6.00" in page
    assert "7.50" not in page


def test_upsell_of_a_plan_says_what_its_renewals_charge(shop, visitor):
    shop.tax_mode = "added"
    shop.save()
    bulbs = make_upsell(shop)
    bulbs.plan = make_plan(bulbs.variant.product)
    bulbs.save()
    order = visitor.buy(shop)

    text = read(visitor.open(upsell_url(order)))

    assert "This starts a subscription (Every month), which runs until you cancel." in text
    assert "Then $12.50 every month" in text
    assert "plus tax" in text.partition("Then $12.50 every month")[2]
    assert "You can cancel anytime on your subscription page." in text.partition('value="yes"')[0]


def test_accepting_leads_to_the_thank_you_page_with_all_lines(shop, visitor):
    make_upsell(shop)
    order = visitor.buy(shop)
    visitor.open(upsell_url(order))

    page = visitor.say("yes")

    assert visitor.path == thanks_url(order)
    assert "Light bulb" in page.text
    assert "$61.50" in page.text
    assert operation_names(shop) == ["ordersRetrieve", "ordersAddLineItemsCreate"]


def test_declining_leads_to_the_follow_up_and_then_the_thank_you_page(shop, visitor):
    make_upsell(
        shop,
        name="first",
        follow_up_on_decline=make_upsell(shop, name="down", trigger="follows", price="4.00"),
    )
    order = visitor.buy(shop)
    visitor.open(upsell_url(order))

    page = visitor.say("no")
    assert "pay $4.00" in page.text
    visitor.say("no")

    assert visitor.path == thanks_url(order)
    assert net_charged(shop) == order.total


def test_stale_tab_answers_only_its_own_upsell(shop, visitor):
    make_upsell(
        shop,
        name="first",
        follow_up_on_decline=make_upsell(shop, name="down", trigger="follows", price="4.00"),
    )
    order = visitor.buy(shop)
    stale = visitor.open(upsell_url(order))
    visitor.say("no")

    visitor.page = stale
    page = visitor.say("yes")

    assert "pay $4.00" in page.text
    assert net_charged(shop) == order.total


def test_only_the_answer_is_read_from_the_browser(shop, visitor):
    make_upsell(shop)
    order = visitor.buy(shop)
    visitor.open(upsell_url(order))
    path = re.search(r'action="([^"]+/answer)"', visitor.page.text)[1]

    sent = {"answer": "yes", "price": "0.01", "quantity": "50", "variant": "var_x", "amount": "0.01"}
    visitor.client.post(path, sent, headers=SAME_ORIGIN)

    assert UpsellAttempt.objects.get().amount == net_charged(shop) - order.total


def test_refusal_is_shown_and_leads_to_the_thank_you_page(shop, visitor):
    make_upsell(shop)
    order = visitor.buy(shop)
    shop.sandbox.switches(upsells="decline")
    visitor.open(upsell_url(order))

    page = visitor.say("yes")

    assert "Your payment for this offer was declined" in page.text
    assert thanks_url(order) in page.text
    assert visitor.open(upsell_url(order)).request["PATH_INFO"] == thanks_url(order)


def test_unclear_result_is_checked_again_on_each_reload(shop, visitor):
    make_upsell(shop)
    order = visitor.buy(shop)
    visitor.open(upsell_url(order))
    shop.sandbox.plan_fault("close", operation="ordersAddLineItemsCreate", when="after")
    shop.sandbox.plan_fault("status", operation="ordersRetrieve", status=503, when="before", skip=1, times=6)

    page = visitor.say("yes")
    assert "We're checking whether your item was added" in page.text
    assert "charged for it at most once" in page.text
    state = re.search(r'data-confirming="([^"]+)"', page.text)[1]
    UpsellAttempt.objects.update(checked_at=None)
    assert visitor.client.get(state).json() == {"state": "known"}

    visitor.open(page.request["PATH_INFO"])
    assert visitor.path == thanks_url(order)
    assert net_charged(shop) == Order.objects.get().total


def test_answer_from_another_site_is_refused(shop, visitor):
    make_upsell(shop)
    visitor.open(upsell_url(visitor.buy(shop)))

    page = visitor.say("yes", Origin="https://evil.example", **{"Sec-Fetch-Site": "cross-site"})

    assert page.status_code == 403
    assert operation_names(shop) == []


def test_payment_without_upsell_leads_to_the_thank_you_page(shop, visitor):
    order = visitor.buy(shop)

    visitor.open(payment_page_url(order.payment_intents.get()))

    assert visitor.path == thanks_url(order)


def test_upsell_page_accepts_only_its_own_token(shop, client):
    make_upsell(shop)
    order = buy_and_settle(shop)
    status = make_url_token(purpose="order-status", subject=order.pk)

    own_checkout(client, order)
    assert client.get(reverse("checkout:upsell", args=[status])).status_code == 404
    assert client.get(reverse("checkout:upsell", args=[order.pk])).status_code == 404
    make_store(host="other.example")
    assert client.get(upsell_url(order), headers={"Host": "other.example"}).status_code == 404


def test_upsell_in_another_browser_shows_and_charges_nothing(shop, visitor):
    """S9: the page's address, from a log or somebody's history, spends nobody's money."""
    make_upsell(shop)
    order = visitor.buy(shop)
    visitor.open(upsell_url(order))
    answer_path = re.search(r'action="([^"]+/answer)"', visitor.page.text)[1]
    stranger = Client(headers=SAME_ORIGIN)

    answers = [
        stranger.get(upsell_url(order)),
        stranger.get(answer_path.removesuffix("/answer")),
        stranger.get(answer_path.replace("/answer", "/state")),
        stranger.post(answer_path, {"answer": "yes"}),
        stranger.post(answer_path, {"answer": "no"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert "This offer is only available in the browser you paid with." in answers[3].text
    assert thanks_url(order) not in "".join(answer.text for answer in answers)
    assert operation_names(shop) == []
    assert UpsellAttempt.objects.get().status == "shown"


def test_attempt_of_another_order_is_not_found(shop, visitor):
    make_upsell(shop)
    one, other = visitor.buy(shop, key="a"), visitor.buy(shop, key="b")
    visitor.open(upsell_url(other))
    attempt = other.upsell_attempts.get()
    token = make_url_token(purpose="order-upsell", subject=one.pk)

    answer = visitor.client.post(
        reverse("checkout:upsell_answer", args=[token, attempt.pk]), {"answer": "yes"}, headers=SAME_ORIGIN
    )

    assert answer.status_code == 404
    assert operation_names(shop) == []


def test_upsell_page_takes_at_most_8_queries(shop, visitor, django_assert_max_num_queries):
    make_upsell(shop)
    order = visitor.buy(shop)
    visitor.open(upsell_url(order))

    with django_assert_max_num_queries(8):
        visitor.open(upsell_url(order))
