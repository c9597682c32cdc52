"""The demo's secrets, ports and settings."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from cryptography.fernet import Fernet


class DemoError(Exception):
    """The demo can't run; the message says what to do."""


@dataclass
class DemoKeys:
    """Secrets generated on the first run and reused later."""

    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    encryption_key: str = field(default_factory=lambda: Fernet.generate_key().decode())
    access_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    webhook_secret: str = field(default_factory=lambda: f"whsec_{secrets.token_urlsafe(24)}")
    admin_password: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    api_key: str = ""

    @classmethod
    def load_or_create(cls, home: Path) -> Self:
        """Read the keys in `home`, or generate and save them."""
        file = home / "keys.json"
        if file.exists():
            return cls(**json.loads(file.read_text()))
        home.mkdir(parents=True, exist_ok=True)
        keys = cls()
        keys.save(home)
        return keys

    def save(self, home: Path) -> None:
        file = home / "keys.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(self), indent=2) + "\n")


def _read_port(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) <= 65535:
        raise DemoError(f"{name}={text} is not a port number. Choose one from 1 to 65535.")
    return int(text)


@dataclass(frozen=True)
class DemoPorts:
    """The ports of the shop and the sandbox."""

    shop: int
    sandbox: int

    @classmethod
    def from_environment(cls) -> Self:
        """Read PORT and SANDBOX_PORT. Raises DemoError if one is invalid or both are the same."""
        ports = cls(shop=_read_port("PORT", 8000), sandbox=_read_port("SANDBOX_PORT", 8001))
        if ports.shop == ports.sandbox:
            raise DemoError(f"PORT and SANDBOX_PORT are both {ports.shop}. Choose two different ports.")
        return ports

    @property
    def shop_host(self) -> str:
        return f"localhost:{self.shop}"

    @property
    def sandbox_url(self) -> str:
        # Not localhost, so that browsers treat it as another site and cookies behave as in production.
        return f"http://127.0.0.1:{self.sandbox}"


def demo_environment(*, home: Path, keys: DemoKeys) -> dict[str, str]:
    """Return the demo's environment. It overrides `.env` and keeps all data in `home`."""
    return {
        "DEBUG": "0",
        "LOG_FORMAT": "plain",
        "SECRET_KEY": keys.secret_key,
        "SECRET_KEY_FALLBACKS": "",
        "ENCRYPTION_KEYS": keys.encryption_key,
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "PUBLIC_SCHEME": "http",
        "SECURE_SSL_REDIRECT": "0",
        "SECURE_HSTS_SECONDS": "0",
        "BEHIND_PROXY": "0",
        "DATABASE_URL": f"sqlite:///{home / 'shop.sqlite3'}",
        "CACHE_URL": "locmemcache://",
        "WEB_CONCURRENCY": "1",
        "MEDIA_ROOT": str(home / "media"),
        "STORAGE_URL": "",
        "MEDIA_URL": "/media/",
        "SERVE_MEDIA": "1",
        "SENTRY_DSN": "",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "",
        "NEXT_API_ALLOW_HTTP": "1",
        "STAFF_TWO_FACTOR": "optional",
        "EMAIL_URL": "consolemail://",
        "LOG_LEVEL": "WARNING",
    }
