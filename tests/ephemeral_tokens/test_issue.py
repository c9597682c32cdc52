"""`POST /v1/customers/ephemeral_tokens`: the merchant vouches for a person."""

import datetime

import pytest
from django.utils import timezone

from orders.ephemeral_tokens import TOKEN_RETENTION, delete_old_tokens
from orders.models import Customer, EphemeralToken
from tests.api_client import ApiClient, error_summary, success_data

PATH = "/v1/customers/ephemeral_tokens"


def issue(api, **body):
    return success_data(api.post(PATH, body))


def test_token_with_all_fields(api):
    """R109 to R117, R120, X8."""
    before = timezone.now()

    data = issue(
        api,
        idp_key="email",
        idp_subject="Ada@Example.com",
        provider="instagram",
        order_id="their-77",
        return_url="https://chat.example/thread/7?x=1#end",
        allow_create=True,
        channel_metadata={"thread": 7, "tags": ["a"]},
        issued_by="bot-3",
    )

    assert sorted(data) == ["expires_at", "token"]
    assert data["token"].startswith("eph_")
    token = EphemeralToken.objects.get()
    assert token.customer.email == "ada@example.com"
    assert token.provider == "instagram"
    assert token.order_id == "their-77"
    assert token.return_url == "https://chat.example/thread/7?x=1#end"
    assert token.channel_metadata == {"thread": 7, "tags": ["a"]}
    assert token.issued_by == "bot-3"
    assert data["expires_at"] == int(token.expires_at.timestamp())
    lifetime = token.expires_at - before
    assert datetime.timedelta(minutes=5) < lifetime <= datetime.timedelta(minutes=15, seconds=5)  # R120


def test_token_secret_is_not_stored(api):
    secret = issue(api)["token"]

    row = EphemeralToken.objects.values().get()
    assert secret not in str(row)
    assert secret[4:] not in str(row)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"idp_key":"","idp_subject":""}',
        b'{"idp_key":null,"idp_subject":null,"allow_create":null,"channel_metadata":null}',
        b'{"idp_key":"","idp_subject":"","provider":"whatsapp","order_id":"","return_url":"","issued_by":""}',
    ],
)
def test_token_without_subject_is_anonymous(api, body):
    """R111, X33, W12: the Go client sends empty strings."""
    success_data(api.post(PATH, body))

    assert EphemeralToken.objects.get().customer is None
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    ("key", "subject", "field", "kept"),
    [
        ("email", "Ada@Example.com", "email", "ada@example.com"),
        ("phone", "+1 202 555 0140", "phone", "+12025550140"),
        ("uuid", "m-1", "merchant_uuid", "m-1"),
    ],
)
def test_unknown_customer_is_created_once(api, key, subject, field, kept):
    """R110, R115."""
    issue(api, idp_key=key, idp_subject=subject)
    issue(api, idp_key=key, idp_subject=subject)

    customer = Customer.objects.get()
    assert getattr(customer, field) == kept
    assert {token.customer for token in EphemeralToken.objects.all()} == {customer}


def test_unknown_customer_is_refused_without_allow_create(api):
    """R115."""
    answer = api.post(PATH, {"idp_key": "email", "idp_subject": "a@example.com", "allow_create": False})

    assert error_summary(answer)[:2] == (404, "resource_not_found")
    assert not Customer.objects.exists()
    api.post("/v1/customers", {"email": "a@example.com"})
    issue(api, idp_key="email", idp_subject="A@EXAMPLE.COM", allow_create=False)


@pytest.mark.parametrize(
    "body",
    [
        {"idp_key": "email"},
        {"idp_subject": "ada@example.com"},
        {"idp_key": "name", "idp_subject": "Ada"},
        {"idp_key": "email", "idp_subject": "Ada"},
        {"idp_key": "phone", "idp_subject": "555"},
        {"idp_key": "uuid", "idp_subject": "x" * 101},
        {"allow_create": "perhaps"},
        {"channel_metadata": "text"},
        {"channel_metadata": {"long": "x" * 10_000}},
        {"provider": 7},
        {"provider": "x" * 51},
    ],
)
def test_invalid_request_is_refused(api, body):
    """X33 includes a key or a subject without the other."""
    assert error_summary(api.post(PATH, body))[:2] == (400, "invalid_request_error")
    assert not EphemeralToken.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/x",
        "/path",
        "https:///path",
        "ftp://host.example/",
        "https://shop.example@evil.example/",
        "https://shop.example\\@evil.example/",
        "https://host.example/a b",
        "https://host.example/a\nb",
        "https://[::1",
        "https://host.example:99999999/",
    ],
)
def test_unsafe_return_url_is_refused(api, url):
    """R114: only http or https URLs with a real host are accepted."""
    assert error_summary(api.post(PATH, {"return_url": url}))[:2] == (400, "invalid_request_error")


@pytest.mark.parametrize(
    "url", ["http://host.example", "https://t.example/@ada?to=a@b.example", "https://[::1]:8000/x", ""]
)
def test_valid_return_url_is_accepted(api, url):
    """R114."""
    issue(api, return_url=url)

    assert EphemeralToken.objects.get().return_url == url


def test_api_key_issues_tokens_for_its_own_store(api, store, other_store):
    """R17, R123."""
    issue(ApiClient(other_store), idp_key="email", idp_subject="ada@example.com")

    token = EphemeralToken.objects.get()
    assert (token.store, token.customer.store) == (other_store, other_store)


def test_request_without_a_key_is_refused(client, db):
    """R123."""
    assert error_summary(client.post(PATH, b"{}", content_type="application/json"))[:2] == (
        401,
        "unauthorized",
    )


def test_old_tokens_are_deleted(api):
    issue(api)
    issue(api)
    old = EphemeralToken.objects.first()
    old.expires_at = timezone.now() - TOKEN_RETENTION - datetime.timedelta(seconds=1)
    old.save()

    assert delete_old_tokens() == 1
    assert EphemeralToken.objects.count() == 1
