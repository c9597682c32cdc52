"""Settings for the tests, put in place before Django reads them (loaded by `-p tests.environment`)."""

import os

os.environ.update(
    DEBUG="0",
    SECRET_KEY="tests-only-" + "k" * 50,
    SECRET_KEY_FALLBACKS="",
    ENCRYPTION_KEYS="q3sdnf3vOSBnBf4tn8C2pXtWj1zFvJ0m1gJcZl8k8Vg=",
    ALLOWED_HOSTS="*",
    PUBLIC_SCHEME="http",
    SECURE_SSL_REDIRECT="0",
    EMAIL_URL="memorymail://",
    CACHE_URL="locmemcache://",
    ADMIN_API_ALLOW_HTTP="1",
    ADMIN_API_READ_SECONDS="5",
    LOG_LEVEL="WARNING",
)
os.environ.setdefault("DATABASE_URL", "sqlite:///var/tests.sqlite3")
