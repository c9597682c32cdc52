"""A shopper who fills out the checkout pages without a browser."""

import re

import pytest

from checkout.models import PaymentIntent

ADDRESS = {
    "email": "ada@example.com",
    "name": "Ada Lovelace",
    "country": "US",
    "line1": "12 Main Street",
    "city": "Monsey",
    "state": "NY",
    "postal_code": "10952",
    "shipping": "standard",
}


def latest_intent(shop):
    """Return the newest payment intent, with its sandbox store attached."""
    intent = PaymentIntent.objects.latest("created_at")
    intent.store = shop
    return intent


class FormShopper:
    """A test client with cookies and CSRF checks."""

    def __init__(self, client):
        self.client = client
        self.page = None

    def get(self, path, **headers):
        self.page = self.client.get(path, headers=headers)
        return self.page

    def hidden(self, name):
        """Return the value of a hidden field on the current page, or an empty string."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page.text)
        return found[1] if found else ""

    def post(self, path, data, **headers):
        """Post a form with the CSRF token of the current page."""
        token = self.hidden("csrfmiddlewaretoken")
        sent = {"Origin": "http://testserver", **headers}
        self.page = self.client.post(path, {"csrfmiddlewaretoken": token, **data}, headers=sent)
        return self.page

    def add_to_cart(self, variant, quantity=1, **more):
        data = {"variant": variant.pk, "quantity": quantity, **more}
        return self.client.post("/cart/add", data, headers={"Sec-Fetch-Site": "same-origin"})

    def type_details(self, path="/checkout"):
        """Type an email and update the page: from here on the browser has a session."""
        self.get(path)
        return self.post(path, {"email": ADDRESS["email"], "update": "country"})

    def check_out(self, path="/checkout", **changed):
        """Open the checkout, unless it is the current page, and post its form."""
        if self.page is None or self.page.request["PATH_INFO"] != "/checkout":
            assert self.get(path).status_code == 200
        data = {**ADDRESS, "key": self.hidden("key"), "shown": self.hidden("shown"), **changed}
        return self.post(path, data)


@pytest.fixture
def shopper(client):
    client.handler.enforce_csrf_checks = True
    return FormShopper(client)
