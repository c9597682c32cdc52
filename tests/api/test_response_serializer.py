"""How response serializers represent objects and dicts."""

import datetime
from dataclasses import dataclass

import pytest
from rest_framework import serializers

from stores.api.fields import AmountStringField, ConstantField, UnixTimeField
from stores.api.serializers import MoneyField, ResponseSerializer, make_list_response


@dataclass
class Parcel:
    number: str = "P-1"
    note: str | None = None
    price: str = "4.5"
    currency: str = "USD"
    sent_at: datetime.datetime | None = None


class ParcelResponse(ResponseSerializer):
    object = ConstantField("parcel")
    id = serializers.CharField(source="number")
    note = serializers.CharField(required=False)
    sent_at = UnixTimeField(allow_null=True)
    price = MoneyField("price")
    price_text = AmountStringField(source="price")
    label = serializers.CharField()

    def compute_label(self, parcel):
        return f"{self.context['prefix']} {parcel.number}"


def represent(instance, **kwargs):
    return ParcelResponse(instance, context={"prefix": "No."}, **kwargs).data


def test_object_is_represented_in_the_order_of_the_fields():
    assert list(represent(Parcel()).items()) == [
        ("object", "parcel"),
        ("id", "P-1"),
        ("sent_at", None),
        ("price", {"amount": 4.5, "asset_id": "USD"}),
        ("price_text", "4.50"),
        ("label", "No. P-1"),
    ]


def test_optional_field_is_left_out_only_when_it_is_none():
    assert "note" not in represent(Parcel(note=None))
    assert represent(Parcel(note=""))["note"] == ""


def test_time_is_in_unix_seconds():
    sent_at = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

    assert represent(Parcel(sent_at=sent_at))["sent_at"] == 1767225600


def test_list_page_is_represented_from_a_dict():
    page = {"data": [Parcel(), Parcel("P-2")], "total": 7, "offset": 2, "limit": 2}

    answer = make_list_response(ParcelResponse)(page, context={"prefix": "No."}).data

    assert [parcel["id"] for parcel in answer["data"]] == ["P-1", "P-2"]
    assert (answer["total"], answer["offset"], answer["limit"]) == (7, 2, 2)


def test_missing_attribute_is_an_error():
    with pytest.raises(AttributeError):
        represent(object())
