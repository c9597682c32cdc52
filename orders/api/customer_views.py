"""`/v1/customers` (part 3) and `/v1/customers/ephemeral_tokens` (R109 to R123)."""

import json
from typing import Any

from django.core.validators import EmailValidator
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders import customers, ephemeral_tokens
from orders.api.response_types import (
    CustomerListShape,
    CustomerShape,
    EphemeralTokenShape,
    PaymentMethodsShape,
)
from orders.api.serializers import customer_shape
from stores.api.base_views import ApiView
from stores.api.pagination import OptionalZeroBasedPage, cut_page
from stores.api.request_fields import Body, Flag, FreeObject, Id, Query, Text, TextMap
from stores.api.response_schemas import DeletedShape, deleted_shape, described

MAX_METADATA = 10_000


class CustomerBody(Body):
    """What a customer is known by. All of it is optional; a name has none, an empty text, or one."""

    name = Text(required=False, max_length=255)
    email = Text(required=False, max_length=254, validators=[EmailValidator()])
    phone = Text(required=False, max_length=40, help_text="E.164, such as +12025550140.")
    merchant_uuid = Text(required=False, max_length=ephemeral_tokens.MAX_SUBJECT)
    description = Text(required=False, max_length=5000)
    metadata = TextMap(required=False)


class CustomersQuery(OptionalZeroBasedPage):
    """Ten at a time where no size is given: the Go client sends nothing at all (W5)."""

    email = Text(max_length=254, default="")
    phone = Text(max_length=40, default="", help_text="Any part of the number.")
    merchant_uuid = Text(max_length=ephemeral_tokens.MAX_SUBJECT, default="")


class Customers(ApiView):
    """The store's customers."""

    @described(
        operation_id="customers_list",
        summary="List customers, newest first",
        answer=CustomerListShape,
        query=CustomersQuery,
    )
    def get(self, request: Request) -> Response:
        query = self.read_query(CustomersQuery)
        page, page_size = query.pop("page"), query.pop("page_size")
        found = cut_page(
            customers.with_totals(customers.search(store=self.store, **query)), page=page, page_size=page_size
        )
        for customer in found.rows:
            customer.store = self.store
        answer: CustomerListShape = {
            "customers": [customer_shape(customer) for customer in found.rows],
            "total": found.total,
            "page": page,
            "page_size": page_size,
        }
        return Response(answer)

    @described(
        operation_id="customers_create",
        summary="Create a customer",
        answer=CustomerShape,
        body=CustomerBody,
        errors=(400, 401, 409),
    )
    def post(self, request: Request) -> Response:
        customer = customers.create(store=self.store, **self.read_body(CustomerBody))
        return Response(customer_shape(customer))


class SingleCustomer(ApiView):
    """One customer."""

    @described(
        operation_id="customers_get", summary="Get a customer", answer=CustomerShape, errors=(401, 404)
    )
    def get(self, request: Request, customer_id: str) -> Response:
        return Response(customer_shape(customers.get(store=self.store, customer_id=customer_id)))

    @described(
        operation_id="customers_update",
        summary="Change a customer",
        answer=CustomerShape,
        body=CustomerBody,
        errors=(400, 401, 404, 409),
    )
    def post(self, request: Request, customer_id: str) -> Response:
        customer = customers.get(store=self.store, customer_id=customer_id)
        return Response(customer_shape(customers.update(customer=customer, **self.read_body(CustomerBody))))

    @described(
        operation_id="customers_delete",
        summary="Delete a customer who has no orders",
        answer=DeletedShape,
        errors=(401, 404, 409),
    )
    def delete(self, request: Request, customer_id: str) -> Response:
        customers.delete(customer=customers.get(store=self.store, customer_id=customer_id))
        return Response(deleted_shape(customer_id))


class PaymentMethodsQuery(Query):
    """Whose."""

    customer_id = Id("cus")


class PaymentMethods(ApiView):
    """A customer's stored ways to pay, of which this shop keeps none."""

    @described(
        operation_id="customers_payment_methods",
        summary="List a customer's payment methods",
        answer=PaymentMethodsShape,
        query=PaymentMethodsQuery,
        errors=(400, 401, 404),
    )
    def get(self, request: Request) -> Response:
        customers.get(store=self.store, customer_id=self.read_query(PaymentMethodsQuery)["customer_id"])
        answer: PaymentMethodsShape = {"payment_methods": []}
        return Response(answer)


class EphemeralTokenBody(Body):
    """All optional (R109); without key and subject the token is anonymous (X33, W12)."""

    idp_key = serializers.ChoiceField(
        choices=["email", "phone", "uuid"], required=False, allow_blank=True, default=""
    )
    idp_subject = Text(max_length=254, default="")
    provider = Text(max_length=50, default="")
    order_id = Text(max_length=100, default="")
    return_url = Text(max_length=500, default="", help_text="An http or https address.")
    allow_create = Flag(default=True)
    channel_metadata = FreeObject(required=False)
    issued_by = Text(max_length=100, default="")

    def validate_channel_metadata(self, value: dict[str, Any]) -> dict[str, Any]:
        if len(json.dumps(value)) > MAX_METADATA:
            raise serializers.ValidationError(f"At most {MAX_METADATA} characters as JSON.")
        return value


class EphemeralTokens(ApiView):
    """Tokens that let a person straight into the checkout: `{link url}?ephemeral_token=eph_…` (R118)."""

    @described(
        operation_id="ephemeral_tokens_create",
        summary="Issue an ephemeral token",
        answer=EphemeralTokenShape,
        body=EphemeralTokenBody,
        errors=(400, 401, 404),
    )
    def post(self, request: Request) -> Response:
        secret, token = ephemeral_tokens.issue(store=self.store, **self.read_body(EphemeralTokenBody))
        answer: EphemeralTokenShape = {"token": secret, "expires_at": int(token.expires_at.timestamp())}
        return Response(answer)
