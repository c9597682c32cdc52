"""The second step of signing in: authenticator app, passkey, recovery codes, and who needs one."""

import datetime
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import two_factor
from accounts.models import User
from accounts.roles import CATALOG_STAFF, ORDER_STAFF, OWNER, SUPPORT, create_staff_roles
from accounts.staff_log import describe_log_entry

pytestmark = pytest.mark.django_db

PASSWORD = "a long sentence for kim"
INDEX, VERIFY, MANAGE = (
    reverse("admin:index"),
    reverse("admin:two_factor_verify"),
    reverse("admin:two_factor"),
)
AUTHENTICATOR = reverse("admin:two_factor_authenticator")


@pytest.fixture(autouse=True)
def required(settings):
    settings.STAFF_TWO_FACTOR = "required"
    settings.REQUESTS_PER_MINUTE = dict.fromkeys(settings.REQUESTS_PER_MINUTE, 0)


@pytest.fixture
def kim():
    return User.objects.create_superuser("kim", "kim@example.com", PASSWORD)


def sign_in(client, user):
    return client.post(reverse("admin:login"), {"username": user.username, "password": PASSWORD})


def code_of(device, steps=0):
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = timezone.now().timestamp() + steps * device.step
    return f"{totp.token():06d}"


def use_authenticator(user):
    """Return a confirmed authenticator of the user."""
    device = TOTPDevice.objects.create(user=user, name="authenticator")
    two_factor.mark_two_factor_used(user)
    return device


@pytest.mark.parametrize(
    ("role", "needs_it"), [(OWNER, True), (ORDER_STAFF, True), (SUPPORT, False), (CATALOG_STAFF, False)]
)
def test_staff_who_may_refund_or_change_settings_must_set_up_a_second_step(client, role, needs_it):
    create_staff_roles()
    user = User.objects.create_user("lee", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    sign_in(client, user)

    response = client.get(INDEX)

    assert response.status_code == (302 if needs_it else 200)
    if needs_it:
        assert response["Location"] == f"{MANAGE}?next={INDEX}"
        assert "Your role needs two-factor sign-in" in client.get(MANAGE).text


def test_setting_can_leave_it_to_each_person(client, kim, settings):
    settings.STAFF_TWO_FACTOR = "optional"
    sign_in(client, kim)

    assert client.get(INDEX).status_code == 200


def test_authenticator_is_set_up_with_a_code_and_gives_recovery_codes(client, kim):
    sign_in(client, kim)
    page = client.get(AUTHENTICATOR).text
    device = TOTPDevice.objects.get(user=kim, confirmed=False)
    assert 'src="data:image/svg+xml;base64,' in page

    assert "That code isn&#x27;t valid" in client.post(AUTHENTICATOR, {"code": "000000"}).text
    TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    page = client.post(AUTHENTICATOR, {"code": code_of(device)}).text

    assert len(re.findall(r"<code>([a-z2-7-]{19})</code>", page)) == 10
    assert client.get(INDEX).status_code == 200
    assert User.objects.get().uses_two_factor


def test_password_alone_opens_nothing_once_a_second_step_is_set_up(client, kim):
    use_authenticator(kim)
    sign_in(client, kim)

    for name in ("index", "orders_order_changelist", "accounts_user_changelist", "password_change"):
        assert client.get(reverse(f"admin:{name}"))["Location"].startswith(VERIFY), name
    for name in ("two_factor", "two_factor_authenticator"):
        assert client.get(reverse(f"admin:{name}"))["Location"].startswith(VERIFY), name
    for name in ("two_factor_recovery_codes", "two_factor_remove"):
        assert client.post(reverse(f"admin:{name}"))["Location"].startswith(VERIFY), name
    assert client.post(reverse("otp_webauthn:credential-registration-begin")).status_code == 403
    assert TOTPDevice.objects.count() == 1


def test_code_of_the_authenticator_opens_the_page_that_was_asked_for(client, kim):
    device = use_authenticator(kim)
    sign_in(client, kim)
    orders = reverse("admin:orders_order_changelist")

    response = client.post(VERIFY, {"code": code_of(device), "next": orders})

    assert response["Location"] == orders
    assert client.get(orders).status_code == 200


def test_code_works_once_and_not_for_somebody_else(client, kim):
    device = use_authenticator(kim)
    code = code_of(device)
    assert two_factor.verify_code(kim, code) == device

    assert two_factor.verify_code(kim, code) is None
    other = User.objects.create_superuser("lee")
    use_authenticator(other)
    assert two_factor.verify_code(other, code_of(device, steps=1)) is None


def test_wrong_codes_are_slowed_down(kim):
    device = use_authenticator(kim)

    assert two_factor.verify_code(kim, "000000") is None

    assert two_factor.verify_code(kim, code_of(device)) is None  # right, but too soon


def test_recovery_code_works_once_and_is_saved_as_a_hash(client, kim):
    use_authenticator(kim)
    code, *_others = two_factor.create_recovery_codes(kim)
    assert code.replace("-", "") not in set(StaticToken.objects.values_list("token", flat=True))
    sign_in(client, kim)

    assert client.post(VERIFY, {"code": code.upper()})["Location"] == INDEX
    assert client.get(INDEX).status_code == 200
    assert two_factor.count_recovery_codes(kim) == 9
    assert two_factor.verify_code(kim, code) is None


def test_new_recovery_codes_replace_the_old_ones(kim):
    old, *_others = two_factor.create_recovery_codes(kim)
    two_factor.create_recovery_codes(kim)

    assert two_factor.verify_code(kim, old) is None
    assert two_factor.count_recovery_codes(kim) == 10


def test_page_after_the_second_step_is_on_this_host(client, kim):
    device = use_authenticator(kim)
    sign_in(client, kim)

    response = client.post(VERIFY, {"code": code_of(device), "next": "https://evil.example/"})

    assert response["Location"] == INDEX


def test_other_sessions_must_verify_too_once_a_second_step_is_set_up(client, kim, settings):
    settings.STAFF_TWO_FACTOR = "optional"
    sign_in(client, kim)
    assert client.get(INDEX).status_code == 200

    use_authenticator(kim)

    assert client.get(INDEX)["Location"].startswith(VERIFY)


def test_unverified_session_can_sign_out(client, kim):
    use_authenticator(kim)
    sign_in(client, kim)

    client.post(reverse("admin:logout"))

    assert client.get(INDEX)["Location"].startswith(reverse("admin:login"))


def test_only_ones_own_methods_can_be_removed(client, kim):
    other = User.objects.create_superuser("lee")
    theirs = use_authenticator(other)
    mine = use_authenticator(kim)
    sign_in(client, kim)
    client.post(VERIFY, {"code": code_of(mine)})

    client.post(reverse("admin:two_factor_remove"), {"method": theirs.persistent_id})
    assert TOTPDevice.objects.filter(user=other).exists()

    client.post(reverse("admin:two_factor_remove"), {"method": mine.persistent_id})
    assert not TOTPDevice.objects.filter(user=kim).exists()
    assert client.get(INDEX)["Location"] == f"{MANAGE}?next={INDEX}"  # required again
    assert "Sign-in method removed." in map(describe_log_entry, LogEntry.objects.filter(user=kim))


def test_reset_leaves_a_log_line(admin_client, admin_user, kim, settings):
    settings.STAFF_TWO_FACTOR = "optional"
    use_authenticator(kim)
    two_factor.create_recovery_codes(kim)
    data = {"action": "reset_two_factor", "_selected_action": [kim.pk]}

    admin_client.post(reverse("admin:accounts_user_changelist"), data)

    kim.refresh_from_db()
    assert not kim.uses_two_factor
    assert not TOTPDevice.objects.filter(user=kim).exists()
    entry = LogEntry.objects.get()
    assert describe_log_entry(entry) == "Two-factor sign-in reset."
    assert (entry.user, entry.object_id) == (admin_user, str(kim.pk))


def test_staff_who_are_no_superusers_cannot_reset(client, kim, settings):
    settings.STAFF_TWO_FACTOR = "optional"
    create_staff_roles()
    owner = User.objects.create_user("lee", password=PASSWORD, is_staff=True)
    owner.groups.add(Group.objects.get(name=OWNER))
    helper = User.objects.create_user("pat", is_staff=True)
    use_authenticator(helper)
    sign_in(client, owner)

    client.post(
        reverse("admin:accounts_user_changelist"),
        {"action": "reset_two_factor", "_selected_action": [helper.pk]},
    )

    assert TOTPDevice.objects.filter(user=helper).exists()


def test_command_resets_the_second_step(kim, capsys):
    use_authenticator(kim)

    call_command("reset_two_factor", "kim")

    assert "kim can now sign in with the password alone." in capsys.readouterr().out
    assert not User.objects.get().uses_two_factor
    with pytest.raises(CommandError, match="no user named lee"):
        call_command("reset_two_factor", "lee")


# --- Sessions


def test_staff_are_signed_out_after_twelve_hours_however_much_they_do(client, kim, settings):
    settings.STAFF_TWO_FACTOR = "optional"
    sign_in(client, kim)

    left = client.session.get_expiry_date() - timezone.now()
    assert datetime.timedelta(hours=11, minutes=59) < left <= datetime.timedelta(hours=12)
    client.get(INDEX)
    assert client.session.get_expiry_date() - timezone.now() < left


def test_shoppers_session_keeps_its_length(client, settings):
    assert client.session.get_expiry_age() == settings.SESSION_COOKIE_AGE == 60 * 60 * 24 * 30


def test_new_password_ends_the_other_sessions(client, kim, settings):
    settings.STAFF_TWO_FACTOR = "optional"
    sign_in(client, kim)

    kim.set_password("another long sentence")
    kim.save()

    assert client.get(INDEX)["Location"].startswith(reverse("admin:login"))
