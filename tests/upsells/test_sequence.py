"""Which upsell comes first, what follows, and what staff are told about ones that are never shown."""

import datetime

import pytest
from django.utils import timezone

from checkout.models import Upsell
from checkout.upsells.selection import find_triggered_upsells
from checkout.upsells.sequence import explain_upsells, find_cycle, list_store_upsells
from tests.factories import make_link, make_order, make_product, make_store, variant_of


@pytest.fixture
def store(db):
    return make_store()


@pytest.fixture
def bulb(store):
    return make_product(store, name="Bulb", price="7.50")


@pytest.fixture
def add(store, bulb):
    """Return a function that creates an upsell of a bulb."""

    def create(name, **fields):
        return Upsell.objects.create(store=store, name=name, variant=variant_of(bulb), **fields)

    return create


def notes_of(upsell):
    return explain_upsells(list_store_upsells([upsell.store_id]))[upsell.pk]


def test_narrower_trigger_comes_first_at_the_same_position(store, bulb, add):
    link = make_link(bulb)
    order = make_order(store, payment_link_id=link.pk, items=[{"product_id": bulb.pk}])
    add("any")
    add("amount", trigger="amount", min_order_total="5.00")
    add("product", trigger="product", product=bulb)
    add("link", trigger="link", link=link)
    add("late", position=1, trigger="link", link=link)

    names = [upsell.name for upsell in find_triggered_upsells(order)]

    assert names == ["link", "product", "amount", "any", "late"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {}),
        ({}, {"position": 1, "trigger": "product"}),
        ({"trigger": "amount", "min_order_total": "5.00"}, {"trigger": "amount", "min_order_total": "9.00"}),
        ({"trigger": "product"}, {"trigger": "product"}),
    ],
)
def test_hidden_upsell_says_which_one_comes_first(add, bulb, first, second):
    """Two upsells for the same orders: only one of them is shown first."""
    products = {"product": {"product": bulb}}
    shown = add("Bulb", **first, **products.get(first.get("trigger"), {}))
    hidden = add("Shade", **second, **products.get(second.get("trigger"), {}))

    assert notes_of(shown) == []
    (note,) = notes_of(hidden)
    assert note.startswith("It's shown only while “Bulb” can't be, which comes first for the same orders.")


def test_hidden_upsell_that_follows_another_is_shown(add):
    hidden = add("Shade", position=3)
    add("Bulb", follow_up_on_decline=hidden)

    assert notes_of(hidden) == []


def test_upsell_that_only_follows_needs_one_that_leads_to_it(add):
    orphan = add("Shade", trigger="follows")
    assert notes_of(orphan) == ["It's never shown: no other upsell leads to it."]

    off = add("Bulb", follow_up_on_accept=orphan, active=False)
    assert notes_of(orphan) == ["It's never shown: no other upsell leads to it."]

    Upsell.objects.filter(pk=off.pk).update(active=True)
    assert notes_of(orphan) == []


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        ({"active": False}, "It's switched off."),
        ({"ends_at": timezone.now() - datetime.timedelta(days=1)}, "It has ended."),
        ({"starts_at": timezone.now() + datetime.timedelta(days=1)}, "It hasn't started yet."),
        ({"usage_limit": 2, "usage_count": 2}, "Its usage limit is reached."),
        ({"quantity": 11}, "What it offers is sold out."),
        ({"price": "7.51"}, "Its price of $7.51 is above the shop's own, $7.50."),
        ({"price": "7.50"}, None),
    ],
)
def test_upsell_says_why_it_is_not_shown_or_too_dear(add, fields, note):
    assert notes_of(add("Bulb", **fields)) == ([note] if note else [])


def test_upsell_says_that_what_should_follow_is_off(add):
    off = add("Shade", active=False, trigger="follows")

    assert notes_of(add("Bulb", follow_up_on_accept=off, follow_up_on_decline=off)) == [
        "“Shade”, which should follow, is switched off."
    ]


def test_upsells_of_another_store_hide_nothing(add, bulb):
    upsell = add("Bulb", position=5)
    elsewhere = make_store(host="elsewhere.example")
    Upsell.objects.create(store=elsewhere, name="Other", variant=variant_of(make_product(elsewhere)))

    notes = explain_upsells(list_store_upsells([elsewhere.pk, upsell.store_id]))

    assert notes[upsell.pk] == []


def test_cycle_is_found_over_both_answers(add):
    first, second, third = add("A"), add("B"), add("C")
    Upsell.objects.filter(pk=second.pk).update(follow_up_on_accept=third)
    first.follow_up_on_decline = second
    third.follow_up_on_decline = first

    assert find_cycle(first) == []
    first.save()
    assert [step.name for step in find_cycle(third)] == ["C", "A", "B", "C"]


def test_form_refuses_a_cycle_in_words(add, admin_client, store, bulb):
    first = add("First")
    second = add("Second", follow_up_on_decline=first)
    page = f"/admin/checkout/upsell/{first.pk}/change/"
    values = {
        "name": "First",
        "position": "0",
        "trigger": "any",
        "variant": variant_of(bulb).pk,
        "quantity": "1",
    }

    answer = admin_client.post(page, values | {"active": "on", "follow_up_on_decline": second.pk})

    assert "This leads back to where it started: First → Second → First." in answer.text
    first.refresh_from_db()
    assert first.follow_up_on_decline is None


def test_page_and_list_say_what_staff_should_know(add, admin_client):
    upsell = add("Bulb", price="9.00", follow_up_on_accept=add("Shade", trigger="follows"))

    page = admin_client.get(f"/admin/checkout/upsell/{upsell.pk}/change/").text
    listed = admin_client.get("/admin/checkout/upsell/").text

    assert "Its price of $9.00 is above the shop&#x27;s own, $7.50." in page
    assert "Its price of $9.00 is above the shop&#x27;s own, $7.50." in listed
    assert '<span class="quiet">Accepted:</span> Shade' in listed
    assert "any order" in listed


def test_upsell_that_was_shown_is_not_deleted_and_says_why(add, store, admin_client):
    upsell = add("Bulb")
    make_order(store).upsell_attempts.create(upsell=upsell, amount="7.50", currency="USD")

    answer = admin_client.post(f"/admin/checkout/upsell/{upsell.pk}/delete/", {"post": "yes"}, follow=True)

    assert (
        "was shown after 1 order, which refers to it, so it can&#x27;t be deleted. Switch it off"
        in answer.text
    )
    assert Upsell.objects.filter(pk=upsell.pk).exists()


def test_upsells_are_switched_off_together(add, admin_client):
    upsells = [add("Bulb"), add("Shade")]

    answer = admin_client.post(
        "/admin/checkout/upsell/",
        {"action": "switch_off", "_selected_action": [upsell.pk for upsell in upsells]},
        follow=True,
    )

    assert "2 upsells switched off." in answer.text
    assert not Upsell.objects.filter(active=True).exists()
