"""No page claims a former price unless the store shows reductions, which its own history proves."""

import pytest

from catalog.models import Variant
from stores.models import ApiKey
from stores.page_cache import clear_page_cache
from tests.api.conftest import basic_auth_header
from tests.factories import make_link, make_product, make_store

pytestmark = pytest.mark.django_db
SIGNS = ("<s>", "<s ", "<del", "strike", "ListPrice", "compare_at", "was $")


@pytest.fixture
def lamp():
    """Return a lamp at 49.00 that cost 79.00 before."""
    lamp = make_product(make_store(), name="Desk lamp", price="79.00")
    Variant.objects.update(price="49.00")
    clear_page_cache(host="testserver")
    return lamp


@pytest.mark.parametrize("page", ["home", "product", "link", "checkout", "api"])
def test_reduced_price_is_shown_alone(client, lamp, page):
    link = make_link(lamp)
    _key, secret = ApiKey.objects.issue(store=lamp.store, name="Reports")
    path = {
        "home": "/",
        "product": "/products/desk-lamp",
        "link": f"/link/{link.pk}",
        "checkout": f"/checkout?link={link.pk}",
        "api": f"/v1/products/{lamp.pk}",
    }[page]

    text = client.get(path, headers={"authorization": basic_auth_header(secret)}).text

    assert ('"amount":49.0' if page == "api" else "49.00") in text
    assert "79.0" not in text
    for sign in SIGNS:
        assert sign not in text
