"""Customers of a store, known by e-mail whatever its case, by the merchant's own id, or by phone."""

from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Lower
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _

from orders.models import Customer, Order
from stores.errors import Conflict, NotFound
from stores.models import Store
from stores.phones import parse_phone

CUSTOMER_FIELDS = ("name", "email", "phone", "merchant_uuid", "description", "metadata")


def same_email(email: str) -> Q:
    """Return the condition that a row's `email` is this one, whatever its case, as the indexes have it.

    That of customers leaves out empty ones, and is only used where the query does.
    """
    return Q(Exact(Lower("email"), Lower(Value(email.lower())))) & ~Q(email="")


def find_customer_by_email(*, store: Store, email: str) -> Customer | None:
    """Return the store's customer with this e-mail, or None."""
    return Customer.objects.filter(same_email(email), store=store).first() if email else None


def get_or_create_customer(*, store: Store, email: str, name: str = "", phone: str = "") -> Customer:
    """Return the store's customer with this e-mail, whatever its case; make one where there is none.

    What is known of an existing customer is not changed: whoever typed the address need not own it.
    """
    found = find_customer_by_email(store=store, email=email)
    if found:
        return found
    try:
        with transaction.atomic():
            return Customer.objects.create(store=store, email=email.lower(), name=name, phone=phone)
    except IntegrityError:  # made by someone else at this moment
        return Customer.objects.get(same_email(email), store=store)


def resolve_order_customer(*, order: Order) -> Customer:
    """Return whom the order belongs to: whom its ephemeral token named, else whoever has its e-mail."""
    named = order.channel.get("customer_id")
    customer = (
        Customer.objects.filter(store=order.store_id, pk=named, erased_at=None).first() if named else None
    )
    return customer or get_or_create_customer(
        store=order.store, email=order.email, name=order.name, phone=order.phone
    )


def create_customer(*, store: Store, **fields: Any) -> Customer:
    """Make a customer of FIELDS. Errors: Problem for the phone; Conflict where e-mail or own id is taken."""
    return _save_customer(customer=Customer(store=store), fields=fields)


def update_customer(*, customer: Customer, **fields: Any) -> Customer:
    """Change the FIELDS given. Errors: as of `create`; Conflict where the data was erased; NotFound."""
    with transaction.atomic():
        # Held and read anew, so that what somebody else does at this moment is not undone.
        if not Customer.objects.select_for_update(no_key=True).filter(pk=customer.pk):
            raise NotFound(_("Customer not found"))
        customer.refresh_from_db()
        if customer.erased_at is not None:
            raise Conflict(_("This customer's data was erased; make a new customer."))
        return _save_customer(customer=customer, fields=fields)


def _save_customer(*, customer: Customer, fields: dict[str, Any]) -> Customer:
    if "email" in fields:
        fields["email"] = fields["email"].lower()
    if "phone" in fields:
        fields["phone"] = parse_phone(text=fields["phone"], country="")
    for name in CUSTOMER_FIELDS:
        if name in fields:
            setattr(customer, name, fields[name])
    try:
        with transaction.atomic():
            customer.save()
    except IntegrityError:
        taken = find_customer_by_email(store=customer.store, email=customer.email)
        is_email = taken is not None and taken.pk != customer.pk
        raise Conflict(
            _("Another customer has this e-mail address.")
            if is_email
            else _("Another customer has this merchant_uuid."),
            field="email" if is_email else "merchant_uuid",
        ) from None
    return customer


def delete_customer(*, customer: Customer) -> None:
    """Remove a customer for good. Errors: Conflict where there are orders, which keep theirs."""
    with transaction.atomic():
        # The row is held, so that no order comes meanwhile.
        held = Customer.objects.select_for_update().filter(pk=customer.pk).first()
        if held is None:
            return
        if held.orders.exists():
            raise Conflict(
                _("A customer with orders cannot be deleted. The personal data can be erased instead.")
            )
        held.delete()


def with_payment_totals(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Add `paid` and `refunded`: what the customers' paid orders came to, and what went back (Decimal)."""
    money: DecimalField[Decimal, Decimal] = DecimalField(max_digits=14, decimal_places=2)
    of_customer = (
        Order.objects.filter(customer=OuterRef("pk"), paid_at__isnull=False).order_by().values("customer")
    )

    def total(field: str) -> Coalesce:
        return Coalesce(
            Subquery(of_customer.annotate(sum=Sum(F(field))).values("sum")),
            Value(Decimal(0)),
            output_field=money,
        )

    return customers.annotate(paid=total("total"), refunded=total("refunded_amount"))


def get_customer(*, store: Store, customer_id: str) -> Customer:
    """Return the store's customer, with totals. Errors: NotFound."""
    customer = with_payment_totals(Customer.objects.filter(store=store, pk=customer_id)).first()
    if customer is None:
        raise NotFound(_("Customer not found"))
    return customer


def search_customers(
    *, store: Store, email: str = "", phone: str = "", merchant_uuid: str = ""
) -> QuerySet[Customer]:
    """Return the store's customers, newest first: with this e-mail, part of a phone, own id."""
    customers = Customer.objects.filter(store=store)
    if email:
        customers = customers.filter(same_email(email))
    if phone:
        digits = "".join(character for character in phone if character.isdigit())
        part = Q(phone__contains=digits, search_text__contains=digits)  # an index helps with the second
        customers = customers.filter(part) if digits else customers.none()
    if merchant_uuid:
        customers = customers.filter(merchant_uuid=merchant_uuid)
    return customers
