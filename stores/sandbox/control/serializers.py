from typing import Any
from zoneinfo import available_timezones

from rest_framework import serializers

from stores.sandbox.catalogue import CatalogueSerializer


class StoreSerializer(serializers.Serializer[Any]):
    """The body of ``PUT /sandbox/stores/{name}``. ``rate_limit`` 0 is off."""

    token = serializers.CharField(max_length=200)
    currency = serializers.RegexField(r"^[A-Z]{3}$")
    name = serializers.CharField(required=False, max_length=200)
    webhook_secret = serializers.CharField(default="", allow_blank=True, max_length=200)
    timezone = serializers.ChoiceField(choices=sorted(available_timezones()), default="UTC")
    rate_limit = serializers.IntegerField(default=4, min_value=0)
    page_size = serializers.IntegerField(default=20, min_value=1, max_value=100)
    catalogue = CatalogueSerializer(default=dict)


class PaymentActionSerializer(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=("pay", "decline", "abandon"))
    post_return = serializers.BooleanField(default=False)
