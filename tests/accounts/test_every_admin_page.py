"""Every page and button of the admin, for each role and single permission: 200 or 403, never an error.

The pages are found from the admin's addresses, so a new page is walked by itself.
"""

import logging
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import transaction
from django.http import Http404
from django.test import RequestFactory
from django.urls import resolve, reverse

from accounts.roles import create_staff_roles
from config import admin_site
from config.admin_site import StaffAdminSite
from stores.crypto import make_url_token
from stores.errors import Problem
from tests.accounts.admin_pages import list_admin_pages, make_samples
from tests.admin_forms import read_admin_form

pytestmark = pytest.mark.any_database

# A page, a redirect after a button, no permission, or a page that is only posted to. The index of an app
# without any page for the user is not found, nor is a row that a form left out.
EXPECTED = {200, 302, 403, 405}
ROLES = ("Owner", "Order staff", "Support", "Catalog staff")
# What people and scanners put into the addresses of lists and of pages that start from a row.
NONSENSE = (
    "created_at__gte=x&created_at__lt=%0D%0Ax&is_test__exact=x",
    "q=%00&p=x&o=x&e=x&status__exact=%00&product=x&group=%00&store=x&order=%00&customer=x&date=x&kind=%00",
)
# Pages of one row, which take nothing from their query.
ROW_PAGES = ("/change/", "/delete/", "/history/", "/password/")
URL_PURPOSES = ("order-status", "order-upsell", "subscription", "payment-return", "payment-page")


@pytest.fixture(autouse=True)
def quick():
    """Without limits, and without the log lines of a thousand refused requests."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def no_limits(settings):
    settings.REQUESTS_PER_MINUTE = dict.fromkeys(settings.REQUESTS_PER_MINUTE, 0)


@pytest.fixture
def samples(db):
    return make_samples()


def answer(user, method, address, data=None):
    """Return (status, response or error) of a request whose changes are undone."""
    savepoint = transaction.savepoint()
    try:
        return answer_request(user, method, address, data)
    finally:
        transaction.savepoint_rollback(savepoint)


@pytest.fixture
def walk(samples):
    """Return a function that opens every page, presses every button, and returns what went wrong."""
    pages = list_admin_pages(samples)

    def walked(user, addresses=pages, asked=None):
        """Walk the addresses as the user. `asked` gets the permissions that each of them asks for."""
        user = type(user).objects.get(pk=user.pk)  # without remembered permissions
        problems, statuses, opened = [], {}, []
        for address in addresses:
            if asked is not None:
                record_permissions(user, asked.setdefault(address, set()))
            status, page = answer(user, "get", address)
            statuses[address] = status
            answers = [("GET", status, page)]
            if status == 200 and not page.streaming and page["Content-Type"].startswith("text/"):
                opened.append(page.content.decode())
            answers += [
                (f"POST {data}"[:300], *answer(user, "post", address, data))
                for data in list_posts(address, samples, page)
            ]
            problems += [
                f"{what} {address}: {status} {response!r}"
                for what, status, response in answers
                if status not in EXPECTED
                and not (status == 404 and (what.startswith("POST") or address.count("/") == 3))
            ]
        return problems, statuses, opened

    return walked


def record_permissions(user, asked):
    """Add each permission that is checked to `asked`, and each app whose permissions are as a whole."""

    def has_perm(name, obj=None):
        asked.add(name)
        return type(user).has_perm(user, name, obj)

    def has_module_perms(app):
        asked.add(app)
        return type(user).has_module_perms(user, app)

    user.has_perm, user.has_module_perms = has_perm, has_module_perms


def answer_request(user, method, address, data):
    """Answer as the server would, without the parts that are the same for every page."""
    request = getattr(RequestFactory(), method)(address, data)
    request.user, request.session = user, SessionStore()
    user.is_verified = lambda: False
    request._messages = FallbackStorage(request)
    request._dont_enforce_csrf_checks = True
    request.resolver_match = match = resolve(request.path)
    try:
        response = match.func(request, *match.args, **match.kwargs)
        if hasattr(response, "render"):
            response.render()
        if response.streaming:
            b"".join(response.streaming_content)
            for close_file in response._resource_closers:  # `close` would end the test's connection too
                close_file()
    except PermissionDenied as error:
        return 403, error
    except Http404 as error:
        return 404, error
    except SuspiciousOperation as error:
        return 400, error
    except Problem as problem:
        return problem.status, problem
    except Exception as error:
        return 500, error
    return response.status_code, response


def list_posts(address, samples, page):
    """Return what to post to a page: nothing, its own form, and each action of its list."""
    if "/autocomplete/" in address:
        return []
    context = getattr(page, "context_data", None) or {}
    posts = [{}]
    if "adminform" in context:
        posts.append(read_admin_form(SimpleNamespace(context=context)))
    if "cl" in context and context["action_form"] is not None:
        pk = samples[context["cl"].model].pk
        actions = [value for value, _label in context["action_form"].fields["action"].choices if value]
        posts += [{"action": action, "_selected_action": [pk]} for action in actions]
    return posts


def make_staff(django_user_model, permissions=(), groups=()):
    user = django_user_model.objects.create_user("helper", password="x", is_staff=True)
    user.user_permissions.set(permissions)
    user.groups.set(groups)
    return user


def secret_addresses(samples):
    """Return what would let its reader act as a shopper, or see their page at NEXT."""
    rows = [row.pk for row in samples.values()]
    tokens = [make_url_token(purpose=purpose, subject=str(pk)) for purpose in URL_PURPOSES for pk in rows]
    return [*tokens, "secret-status"]


@pytest.mark.parametrize("role", ROLES)
def test_every_page_answers_every_shipped_role(walk, django_user_model, role):
    create_staff_roles()

    problems, statuses, _opened = walk(make_staff(django_user_model, groups=[Group.objects.get(name=role)]))

    assert problems == []
    assert 200 in statuses.values()


def test_every_page_answers_a_superuser_and_prints_no_secret_address(walk, samples, admin_user):
    problems, _statuses, opened = walk(admin_user)

    assert problems == []
    assert [secret for secret in secret_addresses(samples) if any(secret in page for page in opened)] == []


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_in_the_address_of_a_page_is_never_an_error(samples, admin_user, query):
    pages = [page for page in list_admin_pages(samples) if not page.endswith(ROW_PAGES) and "?" not in page]
    answers = {page: answer(admin_user, "get", f"{page}?{query}") for page in pages}

    assert {page: error for page, (status, error) in answers.items() if status >= 500} == {}


@pytest.fixture
def menu_at_home_only(monkeypatch):
    """The menu asks for every permission, and is the same on each page: one page with it is enough."""
    home = reverse("admin:index")
    shown = admin_site.build_menu, StaffAdminSite.get_app_list

    def build_menu(request):
        return shown[0](request) if request.path == home else []

    def get_app_list(self, request, app_label=None):
        return shown[1](self, request, app_label) if app_label or request.path == home else []

    monkeypatch.setattr(admin_site, "build_menu", build_menu)
    monkeypatch.setattr(StaffAdminSite, "get_app_list", get_app_list)


@pytest.mark.slow
@pytest.mark.usefixtures("menu_at_home_only")
def test_every_page_answers_staff_with_no_or_a_single_permission(walk, django_user_model):
    user = make_staff(django_user_model)
    # A page that doesn't ask for a permission answers with it as without it.
    asked: dict[str, set[str]] = {}
    found, _statuses, _opened = walk(user, asked=asked)
    problems = {"none": found} if found else {}

    for permission in Permission.objects.select_related("content_type"):
        user.user_permissions.set([permission])
        app = permission.content_type.app_label
        names = {app, f"{app}.{permission.codename}"}
        found, _statuses, _opened = walk(user, [address for address in asked if asked[address] & names])
        problems |= {permission.codename: found} if found else {}

    assert problems == {}


def test_no_secret_address_is_shown_to_staff_who_only_view(walk, samples, django_user_model):
    views = Permission.objects.filter(codename__startswith="view_")

    _problems, _statuses, opened = walk(make_staff(django_user_model, views))

    assert len(opened) > 50
    assert [secret for secret in secret_addresses(samples) if any(secret in page for page in opened)] == []
