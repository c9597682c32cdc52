"""Staff setting up and using a second step, in a real browser with a built-in security key."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import expect

from accounts.invitations import make_invitation_token
from accounts.models import Invitation, User
from tests.browser.conftest import accessibility_violations, overflow_pixels, take_screenshot

PASSWORD = "a long sentence for kim"
# The colors of what is seen have changed. Those in a closed menu wait until it is opened.
COLORS_CHANGED = """Promise.all(document.getAnimations()
    .filter(change => change.effect.target.checkVisibility())
    .map(change => change.finished))"""
VIEWS = [(width, scheme) for width in (390, 1280) for scheme in ("light", "dark")]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def required(settings):
    settings.STAFF_TWO_FACTOR = "required"
    settings.REQUESTS_PER_MINUTE = dict.fromkeys(settings.REQUESTS_PER_MINUTE, 0)


@pytest.fixture
def kim():
    return User.objects.create_superuser("kim", "kim@example.com", PASSWORD)


@pytest.fixture
def origin(live_server):
    return live_server.url.replace("127.0.0.1", "localhost")


def add_security_key(page):
    """Give the browser an authenticator that always says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_in(page, origin):
    page.goto(f"{origin}/admin/")
    page.get_by_label("Username").fill("kim")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def sign_out(page):
    page.locator("#user-tools summary").click()
    page.get_by_role("button", name="Sign out").click()


def look(page, name):
    """Check the page at two widths in both schemes."""
    for width, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.evaluate(COLORS_CHANGED)
        take_screenshot(page, f"{name}-{width}-{scheme}")
        assert overflow_pixels(page) == 0, (name, width)
        assert accessibility_violations(page) == [], (name, width, scheme)


def code_of_new_authenticator(user):
    device = TOTPDevice.objects.get(user=user)
    totp = TOTP(device.bin_key)
    totp.time = timezone.now().timestamp()
    return f"{totp.token():06d}"


@pytest.mark.browser
def test_passkey_is_added_and_then_opens_the_admin(open_page, origin, kim):
    page = open_page()
    add_security_key(page)
    sign_in(page, origin)
    expect(page.get_by_text("Your role needs two-factor sign-in")).to_be_visible()
    look(page, "two-factor-required")

    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    look(page, "two-factor-methods")
    page.get_by_role("button", name="Create new codes").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    look(page, "two-factor-codes")
    page.goto(f"{origin}/admin/")
    sign_out(page)

    sign_in(page, origin)
    expect(page.get_by_role("heading", name="Confirm it's you")).to_be_visible()
    look(page, "two-factor-verify")
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()


@pytest.mark.browser
def test_authenticator_is_set_up_and_used_without_scripts(open_page, origin, kim):
    page = open_page(scripts=False)
    sign_in(page, origin)
    page.get_by_role("link", name="Add an authenticator app").click()
    expect(page.get_by_alt_text("QR code for your authenticator app")).to_be_visible()

    page.get_by_label("Code").fill(code_of_new_authenticator(kim))
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    code = page.locator(".recovery-codes li").first.inner_text()
    page.get_by_role("link", name="I saved them").click()
    sign_out(page)

    sign_in(page, origin)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()


@pytest.mark.browser
def test_authenticator_and_invitation_pages_fit(open_page, origin, kim):
    page = open_page()
    sign_in(page, origin)
    page.goto(f"{origin}{reverse('admin:two_factor_authenticator')}")
    look(page, "two-factor-authenticator")

    role = Group.objects.create(name="Support")
    invitation = Invitation.objects.create(email="lee@example.com", role=role, invited_by=kim)
    guest = open_page()
    guest.watch.expected_statuses = {410}
    guest.goto(f"{origin}{reverse('admin:invitation', args=[make_invitation_token(invitation)])}")
    expect(guest.get_by_role("heading", name="Join the staff")).to_be_visible()
    look(guest, "invitation")
    guest.goto(f"{origin}{reverse('admin:invitation', args=['gone'])}")
    look(guest, "invitation-gone")
