"""`/v1/customers`, its payment methods, and `/v1/customers/ephemeral_tokens` (R109 to R123)."""

import json
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders import customers, ephemeral_tokens
from orders.api.serializers import (
    CustomerListResponse,
    CustomerResponse,
    EphemeralTokenResponse,
    PaymentMethodsResponse,
)
from stores.api.base_views import StoreApiView
from stores.api.endpoints import declare_endpoint
from stores.api.fields import (
    EmailTextField,
    JsonObjectField,
    OpaqueIdField,
    StrictBooleanField,
    StrictCharField,
    StringMapField,
)
from stores.api.pagination import ZeroBasedDefaultSizePageQuery, paginate_queryset
from stores.api.serializers import BodySerializer, DeletedResponse, QuerySerializer

MAX_METADATA_LENGTH = 10_000


class CustomerBody(BodySerializer):
    """A customer's fields. All are optional."""

    name = StrictCharField(required=False, max_length=255)
    email = EmailTextField(required=False)
    phone = StrictCharField(required=False, max_length=40, help_text="E.164 format, such as +12025550140.")
    merchant_uuid = StrictCharField(required=False, max_length=ephemeral_tokens.MAX_SUBJECT_LENGTH)
    description = StrictCharField(required=False, max_length=5000)
    metadata = StringMapField(required=False)


class CustomerListQuery(ZeroBasedDefaultSizePageQuery):
    """Page and filters. The page size defaults to 10: the Go client sends no query (W5)."""

    email = StrictCharField(max_length=254, default="")
    phone = StrictCharField(max_length=40, default="", help_text="Any part of the number.")
    merchant_uuid = StrictCharField(max_length=ephemeral_tokens.MAX_SUBJECT_LENGTH, default="")


class CustomerListView(StoreApiView):
    """The store's customers."""

    @declare_endpoint(
        operation_id="customers_list",
        summary="List customers, newest first",
        response=CustomerListResponse,
        query=CustomerListQuery,
    )
    def get(self, request: Request) -> Response:
        query = self.read_query()
        page, page_size = query.pop("page"), query.pop("page_size")
        customer_page = paginate_queryset(
            customers.with_payment_totals(customers.search_customers(store=self.store, **query)),
            page=page,
            page_size=page_size,
        )
        for customer in customer_page.rows:
            customer.store = self.store
        return self.respond(
            {
                "customers": customer_page.rows,
                "total": customer_page.total,
                "page": page,
                "page_size": page_size,
            }
        )

    @declare_endpoint(
        operation_id="customers_create",
        summary="Create a customer",
        response=CustomerResponse,
        body=CustomerBody,
        errors=(400, 401, 409),
    )
    def post(self, request: Request) -> Response:
        customer = customers.create_customer(store=self.store, **self.read_body())
        return self.respond(customer)


class CustomerDetailView(StoreApiView):
    """One customer."""

    @declare_endpoint(
        operation_id="customers_get", summary="Get a customer", response=CustomerResponse, errors=(401, 404)
    )
    def get(self, request: Request, customer_id: str) -> Response:
        return self.respond(customers.get_customer(store=self.store, customer_id=customer_id))

    @declare_endpoint(
        operation_id="customers_update",
        summary="Update a customer",
        response=CustomerResponse,
        body=CustomerBody,
        errors=(400, 401, 404, 409),
    )
    def post(self, request: Request, customer_id: str) -> Response:
        customer = customers.get_customer(store=self.store, customer_id=customer_id)
        return self.respond(customers.update_customer(customer=customer, **self.read_body()))

    @declare_endpoint(
        operation_id="customers_delete",
        summary="Delete a customer without orders",
        response=DeletedResponse,
        errors=(401, 404, 409),
    )
    def delete(self, request: Request, customer_id: str) -> Response:
        customers.delete_customer(customer=customers.get_customer(store=self.store, customer_id=customer_id))
        return self.respond(customer_id)


class PaymentMethodsQuery(QuerySerializer):
    """The customer whose payment methods to list."""

    customer_id = OpaqueIdField("cus")


class PaymentMethodListView(StoreApiView):
    """A customer's stored payment methods. Always empty: Link stores them, not this shop."""

    @declare_endpoint(
        operation_id="customers_payment_methods",
        summary="List a customer's payment methods",
        response=PaymentMethodsResponse,
        query=PaymentMethodsQuery,
        errors=(400, 401, 404),
    )
    def get(self, request: Request) -> Response:
        customers.get_customer(store=self.store, customer_id=self.read_query()["customer_id"])
        return self.respond({"payment_methods": []})


class EphemeralTokenBody(BodySerializer):
    """The token's fields. All are optional (R109); without key and subject it is anonymous (X33, W12)."""

    idp_key = serializers.ChoiceField(
        choices=["email", "phone", "uuid"], required=False, allow_blank=True, default=""
    )
    idp_subject = StrictCharField(max_length=254, default="")
    provider = StrictCharField(max_length=50, default="")
    order_id = StrictCharField(max_length=100, default="")
    return_url = StrictCharField(max_length=500, default="", help_text="An http or https URL.")
    allow_create = StrictBooleanField(default=True)
    channel_metadata = JsonObjectField(required=False)
    issued_by = StrictCharField(max_length=100, default="")

    def validate_channel_metadata(self, value: dict[str, Any]) -> dict[str, Any]:
        if len(json.dumps(value)) > MAX_METADATA_LENGTH:
            raise serializers.ValidationError(f"At most {MAX_METADATA_LENGTH} characters as JSON.")
        return value


class CreateEphemeralTokenView(StoreApiView):
    """Tokens that take a shopper straight to checkout: `{link url}?ephemeral_token=eph_…` (R118)."""

    @declare_endpoint(
        operation_id="ephemeral_tokens_create",
        summary="Issue an ephemeral token",
        response=EphemeralTokenResponse,
        body=EphemeralTokenBody,
        errors=(400, 401, 404),
    )
    def post(self, request: Request) -> Response:
        secret, token = ephemeral_tokens.issue_token(store=self.store, **self.read_body())
        return self.respond({"token": secret, "expires_at": token.expires_at})
