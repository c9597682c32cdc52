"""The kinds of email to shoppers: how each is built, and when it is outdated.

To add an email:

1. Add it to `Notification.Kind`, with its label in the admin.
2. Write a builder in the `emails` module of its app (`orders.emails`, `subscriptions.emails`): a function
   that takes the `Notification` and returns an `EmailContent`.
3. Write its two templates, `….txt` and `….html`. They build on `orders/emails/base.html` and `_foot.txt`.
4. Register the builder next to the others, with `register_email_kind`. An app above that knows why an email
   should wait registers that with `register_email_hold`.
5. Queue it with `orders.notifications.queue_notification`, in the transaction of the change it reports.

`orders.notifications` queues, sends and retries all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from orders.models import Notification


@dataclass(frozen=True)
class EmailAttachment:
    """A file attached to an email."""

    filename: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class EmailContent:
    """The content of one email, in the active language."""

    subject: str
    template: str  # without the suffix; both `.txt` and `.html` exist
    # In addition to `store` and `withdrawal_url`, which every template gets, `order` and `status_url`, or
    # `payment_request`.
    context: dict[str, Any] = field(default_factory=dict)
    attachments: tuple[EmailAttachment, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)


EmailBuilder = Callable[[Notification], EmailContent]


NotificationTest = Callable[[Notification], bool]


def is_never_outdated(notification: Notification) -> bool:
    """Return False: the email is worth sending at any time."""
    return False


@dataclass(frozen=True)
class EmailKind:
    """How to build an email of one kind, and how to recognize an outdated one."""

    build: EmailBuilder
    is_outdated: NotificationTest


_email_kinds: dict[str, EmailKind] = {}
_email_holds: dict[str, NotificationTest] = {}


def register_email_kind(
    kind: str, build: EmailBuilder, *, is_outdated: NotificationTest = is_never_outdated
) -> None:
    """Register how to build emails of `kind`. Call once for each kind, from `AppConfig.ready()`.

    An email that `is_outdated` when its turn comes is dropped. Raises ImproperlyConfigured if the kind is
    already registered.
    """
    if kind in _email_kinds:
        raise ImproperlyConfigured(f"The email kind {kind} is registered twice.")
    _email_kinds[kind] = EmailKind(build=build, is_outdated=is_outdated)


def find_email_kind(kind: str) -> EmailKind:
    """Return the registered kind. Raises KeyError if there is none."""
    return _email_kinds[kind]


def register_email_hold(kind: str, is_held: NotificationTest) -> None:
    """Keep emails of `kind` waiting while `is_held` returns True. It must become False by itself in time."""
    _email_holds[kind] = is_held


def is_email_held(notification: Notification) -> bool:
    """Return True if the email should wait a little longer."""
    is_held = _email_holds.get(notification.kind)
    return is_held is not None and is_held(notification)
