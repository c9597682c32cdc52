"""A store's customers: found, created, changed and deleted."""

from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Lower
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _

from orders.models import Customer, Order
from stores.errors import Conflict, NotFound
from stores.lookups import get_or_not_found
from stores.models import Store
from stores.phones import parse_phone
from stores.typed_text import clean_email, fold_text

CUSTOMER_FIELDS = ("name", "email", "phone", "merchant_uuid", "description", "metadata")


def same_email(email: str) -> Q:
    """Return a condition that matches a row's `email` case-insensitively.

    Excludes empty emails, as the index of customers does: PostgreSQL uses it only if the query says so too.
    """
    return Q(Exact(Lower("email"), Lower(Value(email.lower())))) & ~Q(email="")


def find_customer_by_email(*, store: Store, email: str) -> Customer | None:
    """Return the store's customer with this email (in any case), or None."""
    return Customer.objects.filter(same_email(email), store=store).first() if email else None


def get_or_create_customer(*, store: Store, email: str, name: str = "", phone: str = "") -> Customer:
    """Return the store's customer with this email (in any case), or create one.

    An existing customer stays unchanged: the person who typed the email may not own it.
    """
    customer = find_customer_by_email(store=store, email=email)
    if customer:
        return customer
    try:
        with transaction.atomic():
            return Customer.objects.create(store=store, email=email.lower(), name=name, phone=phone)
    except IntegrityError:  # another request created the customer first
        return Customer.objects.get(same_email(email), store=store)


def resolve_order_customer(*, order: Order) -> Customer:
    """Return the customer named by the order's ephemeral token, else the one with its email."""
    customer_id = order.channel.get("customer_id")
    customer = (
        Customer.objects.filter(store=order.store_id, pk=customer_id, erased_at=None).first()
        if customer_id
        else None
    )
    return customer or get_or_create_customer(
        store=order.store, email=order.email, name=order.name, phone=order.phone
    )


def create_customer(*, store: Store, **fields: Any) -> Customer:
    """Create a customer with these `CUSTOMER_FIELDS`.

    Raises Problem if the phone is invalid, Conflict if the email or merchant_uuid is taken.
    """
    return _save_customer(customer=Customer(store=store), fields=fields)


def update_customer(*, customer: Customer, **fields: Any) -> Customer:
    """Change the given `CUSTOMER_FIELDS`.

    Raises what `create_customer` raises, Conflict if the data was erased, NotFound if the row is gone.
    """
    with transaction.atomic():
        # Lock and reload, so that a concurrent change is not overwritten.
        if not Customer.objects.select_for_update(no_key=True).filter(pk=customer.pk):
            raise NotFound(_("Customer not found"))
        customer.refresh_from_db()
        if customer.erased_at is not None:
            raise Conflict(_("This customer's data was erased. Create a new customer instead."))
        return _save_customer(customer=customer, fields=fields)


def _save_customer(*, customer: Customer, fields: dict[str, Any]) -> Customer:
    if "email" in fields:
        fields["email"] = clean_email(fields["email"]).lower()
    if "name" in fields:
        fields["name"] = fold_text(fields["name"])
    if "phone" in fields:
        fields["phone"] = parse_phone(text=fields["phone"], country="")
    for name in CUSTOMER_FIELDS:
        if name in fields:
            setattr(customer, name, fields[name])
    try:
        with transaction.atomic():
            customer.save()
    except IntegrityError:
        same_email_customer = find_customer_by_email(store=customer.store, email=customer.email)
        is_email = same_email_customer is not None and same_email_customer.pk != customer.pk
        raise Conflict(
            _("Another customer has this email.")
            if is_email
            else _("Another customer has this merchant_uuid."),
            field="email" if is_email else "merchant_uuid",
        ) from None
    return customer


def delete_customer(*, customer: Customer) -> None:
    """Delete a customer permanently. Raises Conflict if the customer has orders."""
    with transaction.atomic():
        # Lock the row, so that no order is added meanwhile.
        locked = Customer.objects.select_for_update().filter(pk=customer.pk).first()
        if locked is None:
            return
        if locked.orders.exists():
            raise Conflict(_("Customers with orders can't be deleted. Erase the personal data instead."))
        if locked.payment_requests.exists():
            raise Conflict(
                _("Customers with payment requests can't be deleted. Erase the personal data instead.")
            )
        locked.delete()


def with_payment_totals(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Annotate `paid` and `refunded`: the totals of each customer's paid orders (Decimal)."""
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
    """Return the store's customer, with payment totals. Raises NotFound if there is none."""
    customers = with_payment_totals(Customer.objects.filter(store=store))
    return get_or_not_found(customers, _("Customer not found"), pk=customer_id)


def search_customers(
    *, store: Store, email: str = "", phone: str = "", merchant_uuid: str = ""
) -> QuerySet[Customer]:
    """Return the store's customers, newest first, filtered by email, part of a phone, and merchant_uuid."""
    customers = Customer.objects.filter(store=store)
    if email:
        customers = customers.filter(same_email(email))
    if phone:
        digits = "".join(character for character in phone if character.isdigit())
        # `search_text` repeats the phone; it has the index.
        phone_match = Q(phone__contains=digits, search_text__contains=digits)
        customers = customers.filter(phone_match) if digits else customers.none()
    if merchant_uuid:
        customers = customers.filter(merchant_uuid=merchant_uuid)
    return customers
