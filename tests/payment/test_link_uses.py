"""A link that may be used so often (S22)."""

import pytest

from stores.errors import Conflict
from tests.factories import make_link
from tests.payment.actors import checkout, choose


def test_the_last_use_of_a_link_is_given_once(shop):
    link = make_link(shop.products.get(name="Desk lamp"), uses_left=1)
    checkout(shop, choose(shop, link=link), key="first")
    link.refresh_from_db()
    late = choose(shop, link=link)

    assert link.uses_left == 0
    with pytest.raises(Conflict, match="used up"):
        checkout(shop, late, key="second")
