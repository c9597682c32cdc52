"""A staff member in the admin, whose forms are filled in as a browser would."""

from html.parser import HTMLParser

import pytest

from tests.factories import make_store


class _FormParser(HTMLParser):
    """Collects the values that a browser would send for the fields of a page's main form."""

    def __init__(self):
        super().__init__()
        self.values = {}
        self._select = None
        self._area = None

    def handle_starttag(self, tag, attrs):
        attrs = {name: value if value is not None else "" for name, value in attrs}
        name = attrs.get("name", "")
        if tag == "input" and name:
            kind = attrs.get("type", "text")
            if kind in ("checkbox", "radio"):
                if "checked" in attrs:
                    self._add(name, attrs.get("value", "on"))
            elif kind not in ("submit", "file", "button"):
                self._add(name, attrs.get("value", ""))
        elif tag == "select":
            self._select, self._multiple, self._first = name, "multiple" in attrs, None
        elif tag == "option" and self._select:
            if self._first is None:
                self._first = attrs.get("value", "")
            if "selected" in attrs:
                self._add(self._select, attrs.get("value", ""))
        elif tag == "textarea" and name:
            self._area = name
            self.values[name] = ""

    def handle_endtag(self, tag):
        if tag == "select" and self._select:
            if not self._multiple and self._select not in self.values and self._first is not None:
                self.values[self._select] = self._first
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data):
        if self._area:
            self.values[self._area] += data

    def _add(self, name, value):
        if name in self.values:
            previous = self.values[name]
            self.values[name] = [*(previous if isinstance(previous, list) else [previous]), value]
        else:
            self.values[name] = value


class StaffBrowser:
    """A staff member who opens admin pages, changes fields, and submits forms."""

    def __init__(self, client):
        self.client = client

    def open(self, url):
        response = self.client.get(url)
        assert response.status_code == 200, response.status_code
        return response

    def fields(self, url):
        """Return what the page's form would send unchanged."""
        parser = _FormParser()
        main = self.open(url).content.decode().split('id="content-main"', 1)[1]
        parser.feed(main)
        return {name: value for name, value in parser.values.items() if "__prefix__" not in name}

    def save(self, url, **changes):
        """Submit the page's form with changes. `__` in a key stands for `-`; None omits the field."""
        changed = {name.replace("__", "-"): value for name, value in changes.items()}
        data = self.fields(url) | changed
        posted = {name: value for name, value in data.items() if value is not None}
        return self.client.post(url, posted, follow=True)

    @staticmethod
    def messages(response):
        return [str(message) for message in response.context["messages"]]


@pytest.fixture
def staff(client, django_user_model):
    user = django_user_model.objects.create(username="staff", is_staff=True, is_superuser=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return StaffBrowser(client)


@pytest.fixture
def store(db):
    return make_store()
