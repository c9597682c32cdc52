"""The switches of a store: every way to make it behave differently, with its values and default."""

from enum import StrEnum
from typing import Any

from rest_framework import serializers


class FaultKind(StrEnum):
    STATUS = "status"
    CLOSE = "close"
    DELAY = "delay"
    GARBAGE = "garbage"
    TRUNCATE = "truncate"
    # The network delivers the call twice; the caller sees the first answer.
    REPEAT = "repeat"
    # A read answers what it answered before the last write, if it was read then.
    STALE = "stale"
    # A list answers no row, or every second one, and no next page.
    EMPTY_LIST = "empty_list"
    SHORT_LIST = "short_list"
    # An order of another store, with the requested number.
    FOREIGN_ORDER = "foreign_order"


# Kinds that change what a call that went well answers, or how often it is made.
CHANGING_KINDS = (
    FaultKind.REPEAT,
    FaultKind.STALE,
    FaultKind.EMPTY_LIST,
    FaultKind.SHORT_LIST,
    FaultKind.FOREIGN_ORDER,
)


class FaultMoment(StrEnum):
    """Whether a fault strikes before the store does the work or after it."""

    BEFORE = "before"
    AFTER = "after"


class ReturnMode(StrEnum):
    NORMAL = "normal"
    EMPTY_THOUGH_CHARGED = "empty_though_charged"
    TWICE = "twice"
    NEVER = "never"
    LATE = "late"
    MALFORMED = "malformed"


class WebhookMode(StrEnum):
    NORMAL = "normal"
    LATE = "late"
    DOUBLE = "double"
    MISSING = "missing"
    SHUFFLED = "shuffled"
    SLOW = "slow"


class SignedForm(StrEnum):
    """What the webhook signature covers: the bytes sent, or the same JSON dumped again."""

    RAW = "raw"
    RESERIALIZED = "reserialised"


class UpsellOutcome(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"


class RenewalOutcome(StrEnum):
    APPROVE = "approve"
    SOFT_DECLINE = "soft_decline"
    HARD_DECLINE = "hard_decline"


# What a payment can make of an order.
PAYMENT_STATUSES = ("paid", "authorized", "pending")
# Ten retries in about eight minutes; a real store spreads ten over days.
RETRY_SECONDS = [0.5, 1, 2, 4, 8, 15, 30, 60, 120, 240]


class FaultSerializer(serializers.Serializer[Any]):
    """One planned fault. ``times`` counts down; null repeats it until it is removed.

    ``skip`` calls go well before the first one that doesn't.
    """

    operation = serializers.CharField(default="*")
    kind = serializers.ChoiceField(choices=list(FaultKind))
    status = serializers.IntegerField(default=500, min_value=400, max_value=599)
    when = serializers.ChoiceField(choices=list(FaultMoment), default=FaultMoment.BEFORE)
    seconds = serializers.FloatField(default=0, min_value=0, max_value=600)
    times = serializers.IntegerField(default=None, allow_null=True, min_value=0)
    skip = serializers.IntegerField(default=0, min_value=0)
    retry_after = serializers.IntegerField(default=None, allow_null=True, min_value=0)


class WebhookSwitchSerializer(serializers.Serializer[Any]):
    enabled = serializers.BooleanField(default=True)
    mode = serializers.ChoiceField(choices=list(WebhookMode), default=WebhookMode.NORMAL)
    delay = serializers.FloatField(default=0, min_value=0, max_value=600)
    signature = serializers.ChoiceField(choices=list(SignedForm), default=SignedForm.RAW)
    retry_seconds = serializers.ListField(
        child=serializers.FloatField(min_value=0), default=RETRY_SECONDS, max_length=10
    )


class RenewalOutcomeField(serializers.Field[Any, Any, Any, Any]):
    """One outcome for every renewal, or a list for the next renewals; after the list, approve."""

    def to_internal_value(self, data: Any) -> Any:
        outcomes = data if isinstance(data, list) else [data]
        if not all(outcome in list(RenewalOutcome) for outcome in outcomes):
            raise serializers.ValidationError(f"Use one of {', '.join(RenewalOutcome)}, or a list of them.")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class SwitchesSerializer(serializers.Serializer[Any]):
    faults = FaultSerializer(many=True, default=list)
    return_mode = serializers.ChoiceField(choices=list(ReturnMode), default=ReturnMode.NORMAL)
    return_delay = serializers.FloatField(default=3, min_value=0, max_value=600)
    payment_status = serializers.ChoiceField(choices=PAYMENT_STATUSES, default="paid")
    debits_settle_later = serializers.BooleanField(default=True)
    is_test = serializers.BooleanField(default=False)
    webhooks = WebhookSwitchSerializer(default=dict)
    upsells = serializers.ChoiceField(choices=list(UpsellOutcome), default=UpsellOutcome.ACCEPT)
    supports_post_purchase_upsells = serializers.BooleanField(default=True)
    next_payment = RenewalOutcomeField(default=RenewalOutcome.APPROVE)
    strip_tags = serializers.BooleanField(default=False)
    strip_attribution = serializers.BooleanField(default=False)
    null_objects = serializers.BooleanField(default=False)
    nonsense = serializers.IntegerField(default=None, allow_null=True, min_value=0)
    duplicate_window_seconds = serializers.FloatField(default=0, min_value=0)
    missing_scopes = serializers.ListField(child=serializers.CharField(), default=list)

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, dict) else set()
        if unknown:
            raise serializers.ValidationError({key: ["No such switch."] for key in unknown})
        return super().to_internal_value(data)


# Made once: making a serializer copies all its fields, which takes longer than validating.
_SWITCHES = SwitchesSerializer()


def default_switches() -> dict[str, Any]:
    """Return the switches of a store that behaves normally."""
    return merge_switches({}, {})


def merge_switches(current: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return ``current`` with ``changes``, validated. The keys of ``webhooks`` are merged one by one.

    Raises ValidationError for an unknown switch or value.
    """
    combined = {**current, **changes}
    if isinstance(changes.get("webhooks"), dict):
        combined["webhooks"] = {**current.get("webhooks", {}), **changes["webhooks"]}
    combined.setdefault("webhooks", {})
    switches: dict[str, Any] = _SWITCHES.to_representation(_SWITCHES.run_validation(combined))
    return switches
