"""The button of shoppers without JavaScript: the page again, with what they chose and what it costs."""

import re
from decimal import Decimal

import pytest

from tests.factories import make_link, make_plan, make_product, make_store, variant_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def shirt(store):
    options = {"Color": ["Sand", "Ink"], "Size": ["S", "M"]}
    return make_product(store, name="Shirt", price="49.00", options=options, prices={"Ink / M": "59.00"})


def update(client, address, **query):
    answer = client.get(address, {"update": "", **query})
    assert answer.status_code == 200
    return answer


def read_total(answer):
    return re.search(r"data-total>([^<]*)<", answer.text)[1]


def test_total_follows_what_was_chosen(client, shirt, store):
    sock = variant_of(make_product(store, name="Sock", price="7.50"))
    link = make_link(shirt, add_ons=[(sock, 0, 3)])
    assert 'name="update">Update total</button>' in client.get(link.get_absolute_url()).text

    answer = update(
        client,
        link.get_absolute_url(),
        quantity="3",
        option_Color="Ink",
        option_Size="M",
        **{f"addon_{sock.pk}": "2"},
    )

    assert read_total(answer) == "$192.00"
    assert 'name="quantity" value="3"' in answer.text
    assert f'name="addon_{sock.pk}" value="2"' in answer.text
    assert 'name="option_Color" value="Ink" required checked' in answer.text
    assert "no-store" in answer["Cache-Control"]
    assert 'name="quantity" value="1"' in client.get(link.get_absolute_url()).text


def test_product_page_has_it_too_with_plans(client, shirt):
    plan = make_plan(
        shirt,
        pricing_policy=[{"policy_type": "FIXED", "adjustment_type": "PERCENTAGE", "adjustment_value": "10"}],
    )

    answer = update(client, shirt.get_absolute_url(), quantity="2", plan=plan.pk)

    assert read_total(answer) == "$88.20"
    assert re.search(rf'value="{plan.pk}" required checked', answer.text)


def test_chosen_part_of_a_bundle_counts(client, store, shirt):
    shade = make_product(
        store, name="Shade", price="12.00", options={"Size": ["S", "M"]}, prices={"M": "20.00"}
    )
    small, medium = (variant_of(shade, size) for size in ("S", "M"))
    parts = [{"variant": small, "choice": 2}, {"variant": medium, "choice": 2}]
    link = make_link(shirt, price="40.00", fixed_quantity=1, included=parts)

    assert read_total(client.get(link.get_absolute_url())) == "$52.00"
    answer = update(client, link.get_absolute_url(), choice_2=medium.pk)

    assert read_total(answer) == "$60.00"
    assert re.search(rf'<option value="{medium.pk}"[^>]* selected>', answer.text)


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ({"quantity": "0"}, "$49.00"),
        ({"quantity": "-1"}, "$49.00"),
        ({"quantity": "x"}, "$49.00"),
        ({"quantity": "٣"}, "$49.00"),
        ({"quantity": "999999999999"}, "$49.00"),
        ({"quantity": "100"}, "$4,851.00"),
        ({"plan": "sp_unknown"}, "$49.00"),
        ({"variant": "var_unknown"}, "$49.00"),
        ({"option_Color": "Green"}, "$49.00"),
    ],
)
def test_what_is_invalid_is_left_out(client, shirt, query, total):
    assert read_total(update(client, shirt.get_absolute_url(), **query)) == total


def test_verification_of_a_free_start_is_shared_by_the_units(client, store):
    store.verification_amount = Decimal("1.00")
    store.save(update_fields=["verification_amount"])
    course = make_product(store, name="Course", price="30.00", collect_shipping_address=False)
    free, then = ({"adjustment_type": "PERCENTAGE", "adjustment_value": value} for value in ("100", "0"))
    policy = [free | {"policy_type": "FIXED"}, then | {"policy_type": "RECURRING", "after_cycle": "1"}]
    plan = make_plan(course, pricing_policy=policy)

    answer = update(client, course.get_absolute_url(), quantity="3", plan=plan.pk)

    assert read_total(answer) == "$1.02"
