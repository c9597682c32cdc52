"""API keys: shown once, stored as a hash."""

import secrets
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stores.crypto import hash_secret

from .store import Store


class ApiKeyManager(models.Manager["ApiKey"]):
    """Issues keys and finds them by their secret."""

    def issue(self, *, store: Store, name: str = "") -> tuple["ApiKey", str]:
        """Create a key. Return the row and the secret, which is not stored."""
        secret = f"sk_{'live' if store.is_live else 'test'}_{secrets.token_hex(48)}"
        row = self.create(store=store, name=name, prefix=secret[:12], digest=hash_secret(secret))
        return row, secret

    def find_by_secret(self, secret: str) -> "ApiKey | None":
        """Return the valid key with this secret, its store loaded, or None."""
        return self.select_related("store").filter(digest=hash_secret(secret), revoked_at=None).first()


class ApiKey(models.Model):
    """A secret that gives a program access to one store's API."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="api_keys", verbose_name=_("store"))
    name = models.CharField(_("name"), max_length=100, blank=True)
    prefix = models.CharField(_("starts with"), max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)

    objects = ApiKeyManager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}".strip()

    def revoke(self) -> Self:
        """Revoke the key permanently. Safe to call twice."""
        ApiKey.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now())
        self.refresh_from_db()
        return self
