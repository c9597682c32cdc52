"""The OpenAPI document, the docs page, and unknown endpoints."""

import json

import pytest
from django.core.management import call_command

from tests.api_document import check_response

pytestmark = pytest.mark.any_database


def test_openapi_document_is_public(client, db):
    response = client.get("/v1/openapi.json")

    document = json.loads(response.content)
    assert response.status_code == 200
    assert document["openapi"] == "3.1.0"
    assert document["components"]["schemas"]["ErrorResponse"]["required"] == ["code", "error_code", "msg"]


def test_openapi_document_is_valid_and_generated_without_warnings(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "openapi.yml"))


def test_openapi_document_describes_what_clients_generate_code_from(client, db):
    document = json.loads(client.get("/v1/openapi.json").content)

    order = document["components"]["schemas"]["OrderResponse"]["properties"]
    assert order["status"] == {"$ref": "#/components/schemas/OrderStatusEnum"}
    assert order["paid_at"] == {
        "type": ["integer", "null"],
        "format": "int64",
        "description": "Unix seconds.",
    }
    assert order["total_amount"] == {"$ref": "#/components/schemas/MoneyResponse"}
    assert document["components"]["schemas"]["ShippingAddressResponse"]["required"] == [
        "city",
        "country",
        "first_name",
        "last_name",
        "line1",
        "name",
        "phone",
        "postal_code",
        "state",
    ]
    envelope = document["paths"]["/v1/orders"]["get"]["responses"]["200"]["content"]["application/json"]
    assert envelope["schema"]["properties"] == {
        "error_code": {"type": "string", "const": "success"},
        "msg": {"type": "string"},
        "data": {"$ref": "#/components/schemas/OrderListResponse"},
    }


def test_response_check_finds_a_field_that_the_document_does_not_describe(api):
    response = api.get("/orders")
    response.json = lambda: {"error_code": "success", "msg": "success", "data": {}, "extra": 1}

    with pytest.raises(AssertionError, match="'extra' was unexpected"):
        check_response("GET", "/v1/orders", response)


def test_docs_page_loads_only_from_this_host(client, db):
    response = client.get("/v1/docs")

    page = response.content.decode()
    assert 'data-document="/v1/openapi.json"' in page
    assert "//" not in page.replace("http://www.w3.org", "")
    assert "script-src 'self'; style-src 'self';" in response["Content-Security-Policy"]


def test_unknown_endpoint_is_not_found_in_json(client, db):
    """X17."""
    for path in ("/v1", "/v1/", "/v1/nothing", "/v1/nothing/", "/v1/payment_links/a/b/c"):
        for method in (client.get, client.post, client.delete):
            response = method(path)
            assert response.status_code == 404
            assert response.json() == {
                "code": 404,
                "error_code": "resource_not_found",
                "msg": "Unknown API endpoint.",
            }
