"""The environment of the tests, set before Django reads its settings (by `-p tests.environment`).

`python -m tests.environment manage.py …` runs a management command with it.
"""

import os
import runpy
import sys
from pathlib import Path

os.environ.update(
    DEBUG="0",
    SECRET_KEY="tests-only-" + "k" * 50,
    SECRET_KEY_FALLBACKS="",
    ENCRYPTION_KEYS="q3sdnf3vOSBnBf4tn8C2pXtWj1zFvJ0m1gJcZl8k8Vg=",
    # Names reserved for private use, so that plain http passes the startup checks.
    ALLOWED_HOSTS="testserver,localhost,127.0.0.1,.test,.example,.example.com",
    PUBLIC_SCHEME="http",
    SECURE_SSL_REDIRECT="0",
    EMAIL_URL="memorymail://",
    CACHE_URL="locmemcache://",
    WEB_CONCURRENCY="1",
    NEXT_API_ALLOW_HTTP="1",
    NEXT_API_READ_SECONDS="5",
    # Only the rate limiter's own tests should wait for it.
    NEXT_API_CALLS_PER_SECOND="200",
    # So that no thread writes to the database while a test clears it.
    VISIT_FLUSH_SECONDS="0",
    # The tests of the second step turn it on.
    STAFF_TWO_FACTOR="optional",
    LOG_LEVEL="WARNING",
)
os.environ.setdefault("DATABASE_URL", "sqlite:///var/tests.sqlite3")

if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    sys.path.insert(0, str(Path.cwd()))
    runpy.run_path(sys.argv[0], run_name="__main__")
