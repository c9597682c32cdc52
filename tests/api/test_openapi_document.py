"""The OpenAPI document, the page to read it, and the addresses that are none."""

import json

import pytest

pytestmark = pytest.mark.any_database


def test_the_document_is_for_anybody(client, db):
    answer = client.get("/v1/openapi.json")

    document = json.loads(answer.content)
    assert answer.status_code == 200
    assert document["openapi"] == "3.1.0"
    assert document["components"]["schemas"]["ErrorResponse"]["required"] == ["code", "error_code", "msg"]


def test_the_page_to_read_it_loads_from_this_host_alone(client, db):
    answer = client.get("/v1/docs")

    page = answer.content.decode()
    assert 'data-document="/v1/openapi.json"' in page
    assert "//" not in page.replace("http://www.w3.org", "")
    assert "script-src 'self'; style-src 'self';" in answer["Content-Security-Policy"]


def test_an_address_that_is_none_is_answered_in_json(client, db):
    """X17."""
    for address in ("/v1", "/v1/", "/v1/nothing", "/v1/payment_links/", "/v1/payment_links/a/b/c"):
        for method in (client.get, client.post, client.delete):
            answer = method(address)
            assert answer.status_code == 404
            assert answer.json() == {
                "code": 404,
                "error_code": "resource_not_found",
                "msg": "Unknown API endpoint.",
            }
