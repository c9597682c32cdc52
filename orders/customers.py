"""Customers of a store, known by e-mail."""

from django.db import IntegrityError, transaction

from orders.models import Customer
from stores.models import Store


def find_or_create(*, store: Store, email: str, name: str = "", phone: str = "") -> Customer:
    """Return the store's customer with this e-mail, whatever its case; make one where there is none.

    What is known of an existing customer is not changed: whoever typed the address need not own it.
    """
    found = Customer.objects.filter(store=store, email__iexact=email).first()
    if found:
        return found
    try:
        with transaction.atomic():
            return Customer.objects.create(store=store, email=email.lower(), name=name, phone=phone)
    except IntegrityError:  # made by someone else at this moment
        return Customer.objects.get(store=store, email__iexact=email)
