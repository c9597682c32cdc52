"""An API client that calls the API with a store's key."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from catalog.models import Product, Variant
from stores.models import ApiKey, Store
from tests.api_document import check_response
from tests.factories import make_product, make_store, variant_of


@dataclass
class RawApiClient:
    """Calls the API with a store's key. Bodies are sent as JSON; `get` can send one too (X3)."""

    store: Store
    secret: str

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers.setdefault("authorization", basic_auth_header(self.secret))
        response = Client().generic(
            method, f"/v1{path}", content, content_type="application/json", headers=headers
        )
        check_response(method, f"/v1{path}", response)
        return response

    def get(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self("GET", path, body, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self("POST", path, body, **headers)

    def delete(self, path: str, **headers: str) -> HttpResponse:
        return self("DELETE", path, **headers)

    def expect_success(self, response: HttpResponse) -> Any:
        """Assert that the response is a success, and return its data."""
        assert response.status_code == 200, response.content
        body = response.json()
        assert {key: body[key] for key in body if key != "data"} == {
            "error_code": "success",
            "msg": "success",
        }
        return body["data"]

    def expect_error(self, response: HttpResponse) -> tuple[int, str, str]:
        """Assert that the response is an error envelope, and return (status, error_code, msg)."""
        body = response.json()
        assert response.status_code >= 400, body
        assert body["code"] == response.status_code
        assert set(body) - {"errors"} == {"code", "error_code", "msg"}
        return response.status_code, body["error_code"], body["msg"]


def basic_auth_header(secret: str, password: str = "") -> str:
    return "Basic " + base64.b64encode(f"{secret}:{password}".encode()).decode()


def make_raw_client(store: Store) -> RawApiClient:
    _row, secret = ApiKey.objects.issue(store=store)
    return RawApiClient(store, secret)


@pytest.fixture
def api(db: None) -> RawApiClient:
    return make_raw_client(make_store())


@pytest.fixture
def other_api(db: None) -> RawApiClient:
    """The API client of another merchant."""
    return make_raw_client(make_store(host="other.example.com"))


@pytest.fixture
def shirt(api: RawApiClient) -> Product:
    return make_product(
        api.store,
        name="Shirt",
        options={"Size": ["S", "M"], "Color": ["Black", "White"]},
        prices={"S / Black": "29.99", "M / White": "32.99"},
        price="30.00",
    )


@pytest.fixture
def wrapping(api: RawApiClient) -> Variant:
    return variant_of(make_product(api.store, name="Gift wrapping", price="4.50"))
