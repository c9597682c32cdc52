"""The database refuses to change what a payment link sells. Everything else may change."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from catalog.models import LinkVariant, PaymentLink
from tests.factories import make_link, make_product, make_store, variant_of


@pytest.fixture
def link(db):
    store = make_store()
    bulb = make_product(store, name="Bulb")
    lamp = make_product(store, options={"Color": ["Black", "White"]})
    amounts = {"min_amount": "4.00", "max_amount": "40.00"}
    return make_link(lamp, add_ons=[(variant_of(bulb), 0, 3)], **amounts)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "plink_other"},
        {"min_amount": "5.00"},
        {"max_amount": "50.00"},
        {"fixed_quantity": 2},
        {"is_personal": True},
        {"created_at": timezone.now()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_database_refuses_to_change_a_link(link, change):
    """R32, R97."""
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentLink.objects.filter(pk=link.pk).update(**change)


def test_the_database_refuses_another_product_or_default_variant(link):
    other = make_product(link.store, name="Other")

    for change in ({"product": other}, {"default_variant": variant_of(other)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PaymentLink.objects.filter(pk=link.pk).update(**change)


@pytest.mark.parametrize(
    "change", [{"max_quantity": 9}, {"min_quantity": 1}, {"price": "1.00"}, {"choice": 1}]
)
def test_the_database_refuses_to_change_an_add_on(link, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        LinkVariant.objects.filter(link=link, is_primary=False).update(**change)


def test_link_can_be_closed_counted_down_and_saved_unchanged(link):
    PaymentLink.objects.filter(pk=link.pk).update(active=False, updated_at=timezone.now(), uses_left=3)
    PaymentLink.objects.filter(pk=link.pk).update(uses_left=F("uses_left") - 1)
    link.refresh_from_db()
    link.active = True
    link.save()

    assert (link.active, link.uses_left) == (True, 2)


def test_a_link_can_be_deleted(link):
    link.delete()

    assert LinkVariant.objects.count() == 0
