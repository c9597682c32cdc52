"""The OpenAPI document, the docs page, and unknown endpoints."""

import json

import pytest

pytestmark = pytest.mark.any_database


def test_openapi_document_is_public(client, db):
    response = client.get("/v1/openapi.json")

    document = json.loads(response.content)
    assert response.status_code == 200
    assert document["openapi"] == "3.1.0"
    assert document["components"]["schemas"]["ErrorResponse"]["required"] == ["code", "error_code", "msg"]


def test_docs_page_loads_only_from_this_host(client, db):
    response = client.get("/v1/docs")

    page = response.content.decode()
    assert 'data-document="/v1/openapi.json"' in page
    assert "//" not in page.replace("http://www.w3.org", "")
    assert "script-src 'self'; style-src 'self';" in response["Content-Security-Policy"]


def test_unknown_endpoint_is_not_found_in_json(client, db):
    """X17."""
    for path in ("/v1", "/v1/", "/v1/nothing", "/v1/payment_links/", "/v1/payment_links/a/b/c"):
        for method in (client.get, client.post, client.delete):
            response = method(path)
            assert response.status_code == 404
            assert response.json() == {
                "code": 404,
                "error_code": "resource_not_found",
                "msg": "Unknown API endpoint.",
            }
