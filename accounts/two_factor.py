"""Two-factor sign-in: authenticator apps, passkeys, and recovery codes, all devices of django-otp."""

import hashlib
import secrets
from base64 import b32encode
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django_otp import devices_for_user
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential

from accounts.models import User

RECOVERY_CODES = 10
REQUIRED = "required"
# Each of these lets its holder move money, read secrets, or take over an account.
GUARDED_PERMISSIONS = (
    *("orders.refund_order", "orders.cancel_order"),
    *("stores.change_store", "stores.change_store_keys", "stores.add_apikey"),
    *("accounts.add_user", "accounts.change_user", "accounts.add_invitation", "auth.change_group"),
)


def must_set_up_two_factor(user: User) -> bool:
    """Return True if the user may do nothing until they have a second step."""
    return (
        settings.STAFF_TWO_FACTOR == REQUIRED
        and not user.uses_two_factor
        and any(user.has_perm(permission) for permission in GUARDED_PERMISSIONS)
    )


def needs_second_step(user: Any) -> bool:
    """Return True if this session must verify, or set up, a second step before it may do anything."""
    if user.uses_two_factor:
        return not user.is_verified()
    return must_set_up_two_factor(user)


def list_methods(user: User) -> list[Device]:
    """Return the user's authenticators and passkeys, oldest first, without the recovery codes."""
    methods = [device for device in devices_for_user(user) if not isinstance(device, StaticDevice)]
    return sorted(methods, key=lambda device: device.created_at or 0)


def count_recovery_codes(user: User) -> int:
    return sum(device.token_set.count() for device in StaticDevice.objects.filter(user=user))


def get_new_authenticator(user: User) -> TOTPDevice:
    """Return the authenticator that the user is setting up, with the same key until they confirm it."""
    device = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    return device or TOTPDevice.objects.create(user=user, name="authenticator", confirmed=False)


def confirm_authenticator(user: User, code: str) -> TOTPDevice | None:
    """Turn on the new authenticator if the code is from it. Return None if it isn't."""
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update(no_key=True).filter(user=user, confirmed=False).first()
        if device is None or not device.verify_token(code):
            return None
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        mark_two_factor_used(user)
        return device


def mark_two_factor_used(user: User) -> None:
    """Ask for a second step from the next request on, also in the user's other sessions."""
    User.objects.filter(pk=user.pk).update(uses_two_factor=True)
    user.uses_two_factor = True


def verify_code(user: User, code: str) -> Device | None:
    """Return the device that the code is from, or None. A recovery code works once.

    Wrong codes make the next tries wait longer and longer, each kind on its own.
    """
    plain = "".join(character for character in code.lower() if character.isalnum())
    is_recovery_code = not (plain.isdecimal() and len(plain) == 6)
    devices: Iterable[Device]
    with transaction.atomic():
        if is_recovery_code:
            plain = _hash_recovery_code(plain)
            devices = StaticDevice.objects.select_for_update(no_key=True).filter(user=user, confirmed=True)
        else:
            devices = TOTPDevice.objects.select_for_update(no_key=True).filter(user=user, confirmed=True)
        return next((device for device in devices if device.verify_token(plain)), None)


@transaction.atomic
def create_recovery_codes(user: User) -> list[str]:
    """Replace the user's recovery codes. Only their hashes are saved, so they can't be shown again."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery codes")
    codes = [b32encode(secrets.token_bytes(10)).decode().lower() for _number in range(RECOVERY_CODES)]
    for code in codes:
        device.token_set.create(token=_hash_recovery_code(code))
    return ["-".join(code[start : start + 4] for start in range(0, 16, 4)) for code in codes]


@transaction.atomic
def remove_method(user: User, persistent_id: str) -> bool:
    """Remove an authenticator or a passkey. Return False if the user has none with this ID.

    With the last one, the recovery codes go too, and the password alone signs in.
    """
    method = next((row for row in list_methods(user) if row.persistent_id == persistent_id), None)
    if method is None:
        return False
    method.delete()
    if not list_methods(user):
        reset_two_factor(user)
    return True


@transaction.atomic
def reset_two_factor(user: User) -> None:
    """Remove every second step of a user, who then signs in with the password alone and sets up anew."""
    for model in (TOTPDevice, StaticDevice, WebAuthnCredential):
        model.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(uses_two_factor=False)
    user.uses_two_factor = False


def _hash_recovery_code(code: str) -> str:
    """Return what is saved of a code: 64 bits, as many characters as the library's column has."""
    return hashlib.sha256(code.encode()).hexdigest()[:16]
