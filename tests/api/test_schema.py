"""Whatever is sent to a described operation, the answer is one that the OpenAPI document describes."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings

from config.wsgi import application
from orders.customers import create_customer
from tests.api.conftest import basic_auth_header
from tests.factories import make_invoice, make_link, make_order, make_plan, make_product

# More than a schema can say: what fits together (ids that are some, limits among fields), and that what the
# official clients send for "nothing" is taken as nothing (W7, W9, W12), though it is not described.
MORE_THAN_A_SCHEMA = [
    schemathesis.checks.positive_data_acceptance,
    schemathesis.checks.negative_data_rejection,
]

schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", application)
# Every limit of every field, one by one, is in the tests of each call; here it is chance, and quick.
schema.config.phases.coverage.enabled = False


@pytest.fixture
def one_connection():
    """Requests stay in the test's transaction, as Django's own test client has it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def known(api, one_connection):
    """Ids that are some: they are sent among others."""
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


def with_known_ids(values, known):
    """The same with ids that are some in place of invented ones; what is no text, or no list, stays."""
    if not isinstance(values, dict):
        return values
    kinds = {name: type(value) for name, value in known.items()}
    return {
        name: known[name] if name in known and type(value) is kinds[name] and value else value
        for name, value in values.items()
    }


@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_described(case, api, known):
    """R4, R5, R12: no 500, no undescribed status, no undescribed shape."""
    case.path_parameters = with_known_ids(case.path_parameters, known)
    case.body = with_known_ids(case.body, known)

    case.call_and_validate(
        headers={"Authorization": basic_auth_header(api.secret)}, excluded_checks=MORE_THAN_A_SCHEMA
    )
