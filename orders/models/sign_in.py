"""A shopper's sign-in: a link sent by email, and the session that it begins."""

import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from stores.crypto import make_url_token
from stores.ids import IdField
from stores.models import Store

SIGN_IN_PURPOSE = "sign-in"


class SignIn(models.Model):
    """A link for one email address at one store, and, once used, the session of the browser that used it.

    The link's secret is derived and the session's key is stored as a hash, so a copy of the database opens
    neither.
    """

    LINK_LIFETIME = datetime.timedelta(minutes=30)
    SESSION_LIFETIME = datetime.timedelta(days=14)

    id = IdField("sgn")
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    email = models.EmailField()
    session_digest = models.CharField(max_length=64, blank=True)  # "" until the link is used
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()  # of the link, then of the session

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session_digest"], condition=~Q(session_digest=""), name="sign_in_session_once"
            )
        ]
        indexes: ClassVar = [
            models.Index("store", Lower("email"), name="sign_in_by_email"),
            models.Index(fields=["expires_at"], name="sign_in_old"),
        ]

    def __str__(self) -> str:
        return self.id

    def make_token(self) -> str:
        """Return the secret part of the link's address."""
        return make_url_token(purpose=SIGN_IN_PURPOSE, subject=self.pk)
