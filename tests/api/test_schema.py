"""Generated requests to every operation get responses that match the OpenAPI document."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings

from orders.customers import create_customer
from tests.api.conftest import basic_auth_header
from tests.factories import make_invoice, make_link, make_order, make_plan, make_product

# These checks need more than the schema states: existing ids, limits that depend on other fields, and the
# undescribed empty values of the official clients, which the API accepts as missing (W7, W9, W12).
BEYOND_THE_SCHEMA = [
    schemathesis.checks.positive_data_acceptance,
    schemathesis.checks.negative_data_rejection,
]

schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", get_wsgi_application())
# The tests of each call cover every limit of every field; random examples are enough here.
schema.config.phases.coverage.enabled = False


@pytest.fixture
def one_connection():
    """Keep requests in the test's transaction, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def known_ids(api, one_connection):
    """Ids that exist, to send instead of generated ones."""
    product = make_product(api.store, options={"Size": ["S", "M"]})
    plan = make_plan(product)
    variant = product.variants.first().pk
    order = make_order(api.store)
    return {
        "link_id": make_link(product).pk,
        "product_id": product.pk,
        "group_id": plan.group_id,
        "plan_id": plan.pk,
        "number": order.number,
        "invoice_id": make_invoice(order).pk,
        "customer_id": create_customer(store=api.store, email="ada@example.com").pk,
        "selling_plan_group_id": plan.group_id,
        "variant_id": variant,
        "default_variant_id": variant,
        "primary_variant_ids": [variant],
    }


def with_known_ids(values, known_ids):
    """Replace generated ids with known ones of the same type; leave other values alone."""
    if not isinstance(values, dict):
        return values
    types = {name: type(value) for name, value in known_ids.items()}
    return {
        name: known_ids[name] if name in known_ids and type(value) is types[name] and value else value
        for name, value in values.items()
    }


@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_response_matches_the_document(case, api, known_ids):
    """R4, R5, R12: no 500, no undescribed status or fields."""
    case.path_parameters = with_known_ids(case.path_parameters, known_ids)
    case.body = with_known_ids(case.body, known_ids)

    case.call_and_validate(
        headers={"Authorization": basic_auth_header(api.secret)}, excluded_checks=BEYOND_THE_SCHEMA
    )
