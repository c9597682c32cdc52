"""Redis as the shared cache. While it is down, the shop works as if the cache were empty."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.core.cache.backends import redis as django_redis

# After a failure, no request waits for Redis for so long.
PAUSE_SECONDS = 2.0
CONNECTION_OPTIONS = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5, "socket_keepalive": True}

logger = logging.getLogger(__name__)


class RedisCacheClient(django_redis.RedisCacheClient):
    """Django's client, but an outage of Redis is a miss rather than an error."""

    def __init__(self, servers: list[str], **options: Any) -> None:
        # Imported here, because settings may name this cache on a machine without the package.
        from redis import RedisError
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        # Twice, because the server may have closed an idle connection.
        self._outage = RedisError
        super().__init__(servers, **{"retry": Retry(NoBackoff(), 1), **CONNECTION_OPTIONS, **options})
        self._paused_until = 0.0

    def _try(self, operation: Callable[..., Any], *arguments: Any, otherwise: Any = None) -> Any:
        """Return the result of the operation, or `otherwise` if Redis can't be reached."""
        if time.monotonic() < self._paused_until:
            return otherwise
        try:
            return operation(*arguments)
        except self._outage as error:
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            logger.warning("the Redis cache couldn't be reached: %s", type(error).__name__)
            return otherwise

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        return bool(self._try(super().add, key, value, timeout, otherwise=True))

    def get(self, key: Any, default: Any) -> Any:
        return self._try(super().get, key, default, otherwise=default)

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        self._try(super().set, key, value, timeout)

    def touch(self, key: Any, timeout: Any) -> bool:
        return bool(self._try(super().touch, key, timeout))

    def delete(self, key: Any) -> bool:
        return bool(self._try(super().delete, key))

    def get_many(self, keys: Iterable[Any]) -> dict[Any, Any]:
        return dict(self._try(super().get_many, keys, otherwise={}))

    def has_key(self, key: Any) -> bool:
        return bool(self._try(super().has_key, key))

    def incr(self, key: Any, delta: int) -> int:
        """Add to a number. Raises ValueError if the key is missing or Redis can't be reached."""
        number = self._try(super().incr, key, delta)
        if number is None:
            raise ValueError(f"Key {key!r} not found.")
        return int(number)

    def set_many(self, data: Any, timeout: Any) -> None:
        self._try(super().set_many, data, timeout)

    def delete_many(self, keys: Iterable[Any]) -> None:
        self._try(super().delete_many, keys)

    def clear(self) -> bool:
        return bool(self._try(super().clear))


class RedisCache(django_redis.RedisCache):
    """Django's Redis cache, with a client that survives outages."""

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = RedisCacheClient
