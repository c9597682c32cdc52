"""Error pages work for a shop, for a host without a shop, and when nothing works."""

import pytest
from django.template.loader import render_to_string

pytestmark = pytest.mark.any_database


def test_a_host_without_a_shop_says_so(client, db):
    response = client.get("/", headers={"host": "nobody.example"})
    assert response.status_code == 404
    assert "There is no shop at this address." in response.content.decode()


def test_an_unknown_page_is_kind(client, db):
    response = client.get("/no/such/page")
    assert response.status_code == 404
    assert "We can't find this page." in response.content.decode()


def test_the_page_for_our_own_mistakes_needs_no_database():
    assert "The problem is on our end" in render_to_string("500.html")
