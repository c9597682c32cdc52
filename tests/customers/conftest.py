"""Fixtures: an API client, two stores, and a customer with personal data."""

import pytest

from tests.api_client import api, other_store, store
from tests.customers.personal_data import create_customer_with_personal_data

__all__ = ["api", "other_store", "store"]


@pytest.fixture
def customer(store):
    return create_customer_with_personal_data(store)
