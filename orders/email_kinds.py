"""The kinds of email to shoppers: what each says, and when it is too late to send.

To add an email:

1. Name it in `Notification.Kind`, which is its label in the admin.
2. Write a builder next to the others of its app (`orders.emails`, `subscriptions.emails`): a function that
   takes the `Notification` and returns an `EmailContent`.
3. Write its two templates, `….txt` and `….html`; `orders/emails/base.html` and `_foot.txt` frame them.
4. Register the builder beside the others, with `register_email_kind`.
5. Queue it with `orders.notifications.queue_notification`, in the transaction of the change it reports.

`orders.notifications` queues, sends and retries all of them alike.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from orders.models import Notification


@dataclass(frozen=True)
class EmailAttachment:
    """A file that goes with an email."""

    filename: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class EmailContent:
    """What one email says, in the language that is active."""

    subject: str
    template: str  # without the `.txt` and `.html` that both exist
    # Beside `order`, `store` and `status_url`, which every email's templates have.
    context: dict[str, Any] = field(default_factory=dict)
    attachments: tuple[EmailAttachment, ...] = ()


EmailBuilder = Callable[[Notification], EmailContent]


def is_never_outdated(notification: Notification) -> bool:
    return False


@dataclass(frozen=True)
class EmailKind:
    """How to build an email of one kind, and how to tell that it is outdated."""

    build: EmailBuilder
    is_outdated: Callable[[Notification], bool]


_email_kinds: dict[str, EmailKind] = {}


def register_email_kind(
    kind: str, build: EmailBuilder, *, is_outdated: Callable[[Notification], bool] = is_never_outdated
) -> None:
    """Send notifications of this kind as `build` says. To be called once for each, from `AppConfig.ready()`.

    One that `is_outdated` when its turn comes is dropped instead.
    """
    if kind in _email_kinds:
        raise ImproperlyConfigured(f"The email kind {kind} is registered twice.")
    _email_kinds[kind] = EmailKind(build=build, is_outdated=is_outdated)


def find_email_kind(kind: str) -> EmailKind:
    """Return the registered kind. Errors: KeyError."""
    return _email_kinds[kind]
