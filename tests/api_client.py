"""A program that calls the API with a store's key, as the official clients do."""

import base64
import json
from typing import Any

import pytest
from django.test import Client

from stores.models import ApiKey, Store
from tests.factories import make_store


class ApiClient:
    """Calls with the key of one store. A body that is bytes is sent as it is."""

    def __init__(self, store: Store) -> None:
        self.store = store
        _row, secret = ApiKey.objects.issue(store=store)
        credentials = base64.b64encode(f"{secret}:".encode()).decode()
        self.client = Client(headers={"Authorization": f"Basic {credentials}"})

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def post(self, path: str, body: Any = None) -> Any:
        data = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        return self.client.post(path, data, content_type="application/json")

    def delete(self, path: str) -> Any:
        return self.client.delete(path)


def success_data(answer: Any) -> Any:
    """The `data` of an answer that must be a success (R4)."""
    body = answer.json()
    assert answer.status_code == 200, body
    assert {key: body[key] for key in body if key != "data"} == {"error_code": "success", "msg": "success"}
    return body["data"]


def error_summary(answer: Any) -> tuple[int, str, str]:
    """Status, code and sentence of an answer that must be an error (R5)."""
    body = answer.json()
    assert "data" not in body
    assert body["code"] == answer.status_code
    return answer.status_code, body["error_code"], body["msg"]


@pytest.fixture
def store(db: None) -> Store:
    return make_store()


@pytest.fixture
def other_store(db: None) -> Store:
    return make_store(host="other.example.com", name="Chair House")


@pytest.fixture
def api(store: Store) -> ApiClient:
    return ApiClient(store)
