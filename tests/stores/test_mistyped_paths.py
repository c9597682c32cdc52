"""Addresses as they are pasted from sentences and typed by people and programs."""

import pytest

from tests.factories import make_link

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(shop):
    return make_link(shop.products.get(name="Desk lamp"))


@pytest.mark.parametrize(
    "ending", [".", ",", ")", "/", "...", "”", "%E2%80%9D", "%20", "%E2%80%8B", ").", "**"]
)
def test_link_pasted_with_what_stood_behind_it_is_found(client, link, ending):
    answer = client.get(f"/link/{link.pk}{ending}?utm_source=news")

    assert (answer.status_code, answer["Location"]) == (308, f"/link/{link.pk}?utm_source=news")
    assert client.get(answer["Location"]).status_code == 200


@pytest.mark.parametrize("path", ["/cart", "/checkout", "/account", "/v1/orders", "/v1/payment_links"])
def test_slash_at_the_end_is_no_other_page(shop, client, path):
    for answer in (client.get(f"{path}/"), client.post(f"{path}/")):
        assert (answer.status_code, answer["Location"]) == (308, path)


@pytest.mark.parametrize(
    "path", ["//evil.example/.", "/nothing/", "/nothing.", "/%2F%2Fevil.example/.", "/.", "/link/"]
)
def test_what_is_no_page_without_its_ending_is_not_found(shop, client, path):
    assert client.get(path).status_code == 404
