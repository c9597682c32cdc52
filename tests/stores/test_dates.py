"""Times and places as people read them, in each language."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import override

from stores.countries import list_countries, validate_country
from stores.dates import format_age, format_time_left
from stores.staff_stores import StaffTimeZoneMiddleware
from tests.factories import make_store

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(
    ("by", "english", "german"),
    [
        ({"days": 2}, "2 days ago", "vor 2 Tagen"),
        ({"days": 1}, "1 day ago", "vor 1 Tag"),
        ({"hours": 1}, "1 hour ago", "vor 1 Stunde"),
        ({"days": 70}, "2 months ago", "vor 2 Monaten"),
        ({"seconds": -30}, "1 second ago", "vor 1 Sekunde"),  # another server's clock is ahead
    ],
)
def test_age_has_the_grammar_of_the_language(by, english, german):
    moment = timezone.now() - datetime.timedelta(**by)

    assert format_age(moment) == english
    with override("de"):
        assert format_age(moment) == german


def test_time_left_has_the_grammar_of_the_language():
    with override("de"):
        assert format_time_left(timezone.now() + datetime.timedelta(days=3)) == "in 3 Tagen"


def test_only_countries_are_offered_and_accepted():
    codes = {code for code, _name in list_countries()}

    assert codes >= {"US", "DE", "XK"}
    assert not codes & {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"}
    with pytest.raises(ValidationError):
        validate_country("EU")


def test_rows_that_are_sent_later_are_in_the_stores_zone(rf, admin_user):
    """A streamed file is made after the page's own zone has ended."""
    make_store(time_zone="Asia/Tokyo")
    request = rf.get("/admin/orders/order/export/")
    request.user = admin_user

    def respond(_request):
        return StreamingHttpResponse(timezone.get_current_timezone_name() for _row in range(2))

    chunks = StaffTimeZoneMiddleware(respond)(request).streaming_content

    assert next(chunks) == b"Asia/Tokyo"
    assert timezone.get_current_timezone_name() == "UTC"  # between two rows
    assert list(chunks) == [b"Asia/Tokyo"]
