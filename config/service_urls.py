"""Settings that are read from URLs: the cache, the storage of pictures, and the email provider.

Each may need an optional package (`config.optional_packages`).
"""

from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

REDIS_BACKEND = "config.redis_cache.RedisCache"
BUCKET_STORAGE = "config.bucket_storage.BucketStorage"

# Anymail's settings for what stands before and after the @ of a provider's URL: user, password, host.
EMAIL_PROVIDERS: dict[str, tuple[str, str, str]] = {
    "amazon-ses": ("", "", ""),  # boto3 finds the credentials itself
    "brevo": ("BREVO_API_KEY", "", ""),
    "mailersend": ("MAILERSEND_API_TOKEN", "", ""),
    "mailgun": ("MAILGUN_API_KEY", "", "MAILGUN_SENDER_DOMAIN"),
    "mailjet": ("MAILJET_API_KEY", "MAILJET_SECRET_KEY", ""),
    "mailtrap": ("MAILTRAP_API_TOKEN", "", ""),
    "mandrill": ("MANDRILL_API_KEY", "", ""),
    "postmark": ("POSTMARK_SERVER_TOKEN", "", ""),
    "resend": ("RESEND_API_KEY", "", ""),
    "sendgrid": ("SENDGRID_API_KEY", "", ""),
    "sparkpost": ("SPARKPOST_API_KEY", "", ""),
}


def build_cache_settings(parsed: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a cache as `environ` parsed them, with our backend for Redis."""
    if parsed["BACKEND"].endswith(".redis.RedisCache"):
        return parsed | {"BACKEND": REDIS_BACKEND}
    return parsed


def build_media_storage_settings(url: str, *, media_url: str) -> dict[str, Any]:
    """Return the storage of pictures: a folder, or the bucket of `s3://bucket/prefix?region=…&endpoint=…`.

    Credentials come from `s3://key:secret@bucket`, or else from where boto3 looks for them.
    """
    if not url:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    unknown = query.keys() - {"region", "endpoint"}
    if parts.scheme != "s3" or not parts.hostname or unknown:
        raise ImproperlyConfigured(
            "STORAGE_URL must look like s3://bucket/prefix?region=eu-central-1&endpoint=https://s3.example.com"
        )
    given = {
        "access_key": _decode(parts.username),
        "secret_key": _decode(parts.password),
        "region_name": query.get("region"),
        "endpoint_url": query.get("endpoint"),
    }
    options = {name: value for name, value in given.items() if value}
    options |= {"bucket_name": parts.hostname, "location": parts.path.strip("/"), "base_url": media_url}
    return {"BACKEND": BUCKET_STORAGE, "OPTIONS": options}


def find_origins(url: str) -> list[str]:
    """Return the origin of an absolute URL, or nothing for a path on the shop's own host."""
    parts = urlsplit(url)
    return [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []


def build_provider_email_settings(url: str) -> dict[str, Any] | None:
    """Return the settings for a provider's URL such as `mailgun://KEY@mg.example.com`, or None for SMTP.

    Parameters become Anymail's settings of the same name: `?api_url=https://api.eu.mailgun.net/v3`.
    """
    parts = urlsplit(url)
    if parts.scheme not in EMAIL_PROVIDERS:
        return None
    provider = parts.scheme.replace("-", "_")
    values = dict(zip(EMAIL_PROVIDERS[parts.scheme], _split_provider_address(parts), strict=True))
    values.pop("", None)
    if missing := [name for name, value in values.items() if not value]:
        raise ImproperlyConfigured(f"EMAIL_URL lacks the value for {', '.join(missing)}.")
    parameters = dict(parse_qsl(parts.query))
    if parts.scheme == "amazon-ses" and "region" in parameters:
        values["AMAZON_SES_CLIENT_PARAMS"] = {"region_name": parameters.pop("region")}
    values |= {f"{provider}_{name}".upper(): value for name, value in parameters.items()}
    return {
        "EMAIL_BACKEND": f"anymail.backends.{provider}.EmailBackend",
        # The time to connect, and between two packets of the response.
        "ANYMAIL": {**values, "REQUESTS_TIMEOUT": (5, 10)},
    }


def _split_provider_address(parts: SplitResult) -> tuple[Any, Any, Any]:
    return _decode(parts.username), _decode(parts.password), parts.hostname


def _decode(part: str | None) -> str:
    return unquote(part or "")
