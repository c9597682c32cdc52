"""The switches of a store: what tests and people can make it do."""

from typing import Any

from rest_framework import serializers

FAULT_KINDS = ("status", "close", "delay", "garbage", "truncate")
RETURN_MODES = ("normal", "empty_though_charged", "twice", "never", "late", "malformed")
WEBHOOK_MODES = ("normal", "late", "double", "missing", "shuffled", "slow")

PAYMENT_OUTCOMES = ("approve", "soft_decline", "hard_decline")
# The real store retries ten times over days.
RETRY_SECONDS = [0.5, 1, 2, 4, 8, 15, 30, 60, 120, 240]


class FaultSerializer(serializers.Serializer[Any]):
    """One planned failure. ``times`` counts down; null means for good."""

    operation = serializers.CharField(default="*")
    kind = serializers.ChoiceField(choices=FAULT_KINDS)
    status = serializers.IntegerField(default=500, min_value=400, max_value=599)
    when = serializers.ChoiceField(choices=("before", "after"), default="before")
    seconds = serializers.FloatField(default=0, min_value=0, max_value=600)
    times = serializers.IntegerField(default=None, allow_null=True, min_value=0)
    retry_after = serializers.IntegerField(default=None, allow_null=True, min_value=0)


class WebhookSwitchSerializer(serializers.Serializer[Any]):
    enabled = serializers.BooleanField(default=True)
    mode = serializers.ChoiceField(choices=WEBHOOK_MODES, default="normal")
    delay = serializers.FloatField(default=0, min_value=0, max_value=600)
    signature = serializers.ChoiceField(choices=("raw", "reserialised"), default="raw")
    retry_seconds = serializers.ListField(
        child=serializers.FloatField(min_value=0), default=RETRY_SECONDS, max_length=10
    )


class NextPaymentField(serializers.Field[Any, Any, Any, Any]):
    """What renewals meet: one word for all, or a list for the next ones, then approve."""

    def to_internal_value(self, data: Any) -> Any:
        words = data if isinstance(data, list) else [data]
        if not all(word in PAYMENT_OUTCOMES for word in words):
            raise serializers.ValidationError(f"Say one or a list of {', '.join(PAYMENT_OUTCOMES)}.")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class SwitchesSerializer(serializers.Serializer[Any]):
    faults = FaultSerializer(many=True, default=list)
    return_mode = serializers.ChoiceField(choices=RETURN_MODES, default="normal")
    return_delay = serializers.FloatField(default=3, min_value=0, max_value=600)
    payment_status = serializers.ChoiceField(choices=("paid", "authorized", "pending"), default="paid")
    is_test = serializers.BooleanField(default=False)
    webhooks = WebhookSwitchSerializer(default=dict)
    upsells = serializers.ChoiceField(choices=("accept", "decline"), default="accept")
    supports_post_purchase_upsells = serializers.BooleanField(default=True)
    next_payment = NextPaymentField(default="approve")
    strip_tags = serializers.BooleanField(default=False)
    strip_attribution = serializers.BooleanField(default=False)
    null_objects = serializers.BooleanField(default=False)
    duplicate_window_seconds = serializers.FloatField(default=0, min_value=0)

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, dict) else set()
        if unknown:
            raise serializers.ValidationError({key: ["No such switch."] for key in unknown})
        return super().to_internal_value(data)


def default_switches() -> dict[str, Any]:
    """Everything normal."""
    return merge_switches({}, {})


def merge_switches(current: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """``current`` with ``changes``, checked; the webhook part is merged key by key."""
    combined = {**current, **changes}
    if isinstance(changes.get("webhooks"), dict):
        combined["webhooks"] = {**current.get("webhooks", {}), **changes["webhooks"]}
    combined.setdefault("webhooks", {})
    checked = SwitchesSerializer(data=combined)
    checked.is_valid(raise_exception=True)
    data: dict[str, Any] = checked.data
    return data
