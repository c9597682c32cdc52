"""The cache, the storage of pictures, and the email provider come from URLs."""

import json

import pytest
import responses
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from environ import Env

from config.service_urls import (
    build_cache_settings,
    build_media_storage_settings,
    build_provider_email_settings,
    find_origins,
)

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(
    "url", ["redis://localhost:6379/0", "rediss://:secret@cache:6380/1", "valkey://cache:6379"]
)
def test_redis_gets_the_backend_that_survives_outages(url):
    parsed = Env.cache_url_config(url)

    assert build_cache_settings(parsed) == parsed | {"BACKEND": "config.redis_cache.RedisCache"}


@pytest.mark.parametrize("url", ["locmemcache://", "dbcache://cache"])
def test_other_caches_are_those_of_django(url):
    assert build_cache_settings(Env.cache_url_config(url)) == Env.cache_url_config(url)


def test_bucket_with_a_key_a_prefix_a_region_and_an_endpoint():
    url = "s3://AKIA:se%2Fcret@pictures/shop/live?region=eu-central-1&endpoint=https://s3.example.com"

    assert build_media_storage_settings(url, media_url="/media/") == {
        "BACKEND": "config.bucket_storage.BucketStorage",
        "OPTIONS": {
            "access_key": "AKIA",
            "secret_key": "se/cret",
            "bucket_name": "pictures",
            "location": "shop/live",
            "region_name": "eu-central-1",
            "endpoint_url": "https://s3.example.com",
            "base_url": "/media/",
        },
    }


def test_bucket_alone_leaves_credentials_and_region_to_boto():
    assert build_media_storage_settings("s3://pictures", media_url="https://cdn.example.com/")["OPTIONS"] == {
        "bucket_name": "pictures",
        "location": "",
        "base_url": "https://cdn.example.com/",
    }


@pytest.mark.parametrize("url", ["pictures", "https://s3.example.com/pictures", "s3://", "s3://b?zone=x"])
def test_other_storage_urls_are_refused_in_words(url):
    with pytest.raises(ImproperlyConfigured, match="STORAGE_URL must look like s3://bucket/prefix"):
        build_media_storage_settings(url, media_url="/media/")


@pytest.mark.parametrize(
    ("url", "backend", "values"),
    [
        (
            "mailgun://key-1@mg.example.com?api_url=https://api.eu.mailgun.net/v3",
            "mailgun",
            {
                "MAILGUN_API_KEY": "key-1",
                "MAILGUN_SENDER_DOMAIN": "mg.example.com",
                "MAILGUN_API_URL": "https://api.eu.mailgun.net/v3",
            },
        ),
        ("postmark://to%2Fken@", "postmark", {"POSTMARK_SERVER_TOKEN": "to/ken"}),
        ("mailjet://key:secret@", "mailjet", {"MAILJET_API_KEY": "key", "MAILJET_SECRET_KEY": "secret"}),
        (
            "amazon-ses://?region=eu-central-1",
            "amazon_ses",
            {"AMAZON_SES_CLIENT_PARAMS": {"region_name": "eu-central-1"}},
        ),
    ],
)
def test_email_provider(url, backend, values):
    assert build_provider_email_settings(url) == {
        "EMAIL_BACKEND": f"anymail.backends.{backend}.EmailBackend",
        "ANYMAIL": values | {"REQUESTS_TIMEOUT": (5, 10)},
    }


@pytest.mark.parametrize(
    "url", ["smtp://localhost:25", "smtp+tls://u:p@mail.example.com:587", "consolemail://"]
)
def test_smtp_is_not_a_providers_url(url):
    assert build_provider_email_settings(url) is None


def test_provider_without_its_key_is_refused_in_words():
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL lacks the value for MAILGUN_SENDER_DOMAIN"):
        build_provider_email_settings("mailgun://key-1@")


@responses.activate
def test_email_is_sent_with_the_providers_api(settings):
    sent = responses.post(
        "https://api.postmarkapp.com/email", json={"ErrorCode": 0, "MessageID": "1", "Message": ""}
    )
    for name, value in build_provider_email_settings("postmark://token-1@").items():
        setattr(settings, name, value)

    mail.send_mail("Order ORD-1", "Thank you", "shop@example.com", ["ada@example.com"])

    (call,) = sent.calls
    assert call.request.headers["X-Postmark-Server-Token"] == "token-1"
    assert json.loads(call.request.body)["To"] == "ada@example.com"


def test_pictures_of_a_cdn_are_allowed_by_the_security_policy():
    assert find_origins("https://cdn.example.com/shop/") == ["https://cdn.example.com"]
    assert find_origins("/media/") == []
