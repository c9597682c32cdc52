"""Error pages for shops, for hosts without a shop, and for server errors."""

import pytest
from django.template.loader import render_to_string

pytestmark = pytest.mark.any_database


def test_host_without_a_shop_returns_404(client, db):
    response = client.get("/", headers={"host": "nobody.example"})
    assert response.status_code == 404
    assert "There is no shop at this address." in response.content.decode()


def test_unknown_page_returns_404(client, db):
    response = client.get("/no/such/page")
    assert response.status_code == 404
    assert "We can't find this page." in response.content.decode()


def test_500_page_needs_no_database():
    assert "The problem is on our end" in render_to_string("500.html")
