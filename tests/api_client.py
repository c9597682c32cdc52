"""An API client that authenticates with a store's key, as the official clients do, and its fixtures."""

import base64
import json
from typing import Any

import pytest
from django.test import Client

from stores.models import ApiKey, Store
from tests.api_document import check_response
from tests.factories import make_store


class ApiClient:
    """Calls the API with one store's key, and checks each response. A body of bytes is sent unchanged."""

    def __init__(self, store: Store) -> None:
        self.store = store
        _row, secret = ApiKey.objects.issue(store=store)
        credentials = base64.b64encode(f"{secret}:".encode()).decode()
        self.client = Client(headers={"Authorization": f"Basic {credentials}"})

    def get(self, path: str) -> Any:
        return self._send("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        data = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        return self._send("POST", path, data)

    def delete(self, path: str) -> Any:
        return self._send("DELETE", path)

    def _send(self, method: str, path: str, data: bytes = b"") -> Any:
        response = self.client.generic(method, path, data, content_type="application/json")
        check_response(method, path, response)
        return response


def success_data(response: Any) -> Any:
    """Return the `data` of a response that must be a success (R4)."""
    body = response.json()
    assert response.status_code == 200, body
    assert {key: body[key] for key in body if key != "data"} == {"error_code": "success", "msg": "success"}
    return body["data"]


def error_summary(response: Any) -> tuple[int, str, str]:
    """Return status, code and message of a response that must be an error (R5)."""
    body = response.json()
    assert "data" not in body
    assert body["code"] == response.status_code
    return response.status_code, body["error_code"], body["msg"]


@pytest.fixture
def store(db: None) -> Store:
    return make_store()


@pytest.fixture
def other_store(db: None) -> Store:
    return make_store(host="other.example.com", name="Chair House")


@pytest.fixture
def api(store: Store) -> ApiClient:
    return ApiClient(store)
