"""A store connected to the sandbox."""

import pytest

from stores.models import Store
from tests.factories import make_store
from tests.sandbox_process import SandboxStore


@pytest.fixture
def store(db: None, sandbox_store: SandboxStore) -> Store:
    return make_store(next_api_url=sandbox_store.next_api_url, access_token=sandbox_store.token)
