"""What NEXT says about a store: currencies, languages, gateways, the permissions of its token."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from django.utils import timezone

from nextcommerce.client import NextClient
from nextcommerce.errors import NextApiError
from nextcommerce.scopes import SCOPE_PROBES
from stores.models import Store, StoreHealth
from stores.next_client import open_next_client
from stores.payment_methods import LINK, PAYMENT_METHODS, PaymentMethod
from wording.sentence import Sentence

MAX_CALL_SECONDS = 10  # of each call, while staff wait
_FORBIDDEN = 403
_GATEWAY_SCOPE = "gateways:read"
# More than any store has: a long answer fills neither the row nor the page.
_MAX_ROWS, _MAX_NAME = 200, 100


# The currencies that each payment method takes, by its code. None listed means all.
MethodCurrencies = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class PaymentRoute:
    """A gateway, or a group of gateways, with the payment methods that it takes."""

    id: int
    name: str
    is_group: bool
    methods: MethodCurrencies

    @property
    def key(self) -> str:
        """What a form calls it: ids of gateways and of groups may be the same."""
        return f"{'group' if self.is_group else 'gateway'}-{self.id}"


@dataclass(frozen=True)
class NextSettings:
    """The store at NEXT as last read."""

    name: str = ""
    domain: str = ""
    time_zone: str = ""
    company_name: str = ""
    address_lines: tuple[str, ...] = ()
    tax_id: str = ""
    currencies: tuple[str, ...] = ()
    # Codes such as "en"; empty if NEXT doesn't say.
    languages: tuple[str, ...] = ()
    missing_scopes: tuple[str, ...] = ()
    routes: tuple[PaymentRoute, ...] = ()
    # Those of the default gateway group, which also takes the orders that name no gateway.
    payment_methods: MethodCurrencies = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the settings of a snapshot that `to_json` made; an empty one has none."""
        known: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in data.items()
            if name in cls.__dataclass_fields__
        }
        routes = [
            PaymentRoute(**row | {"methods": _read_methods(row["methods"])}) for row in data.get("routes", [])
        ]
        methods = _read_methods(data.get("payment_methods", {}))
        return cls(**known | {"routes": tuple(routes), "payment_methods": methods})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def find_route(self, store: Store) -> PaymentRoute | None:
        """Return the gateway or group that the store's orders name, or None if NEXT has no such one."""
        wanted = (store.payment_gateway_group, True)
        if not store.payment_gateway_group:
            wanted = (store.payment_gateway, False)
        return next((route for route in self.routes if (route.id, route.is_group) == wanted), None)

    def list_routes(self, method: PaymentMethod, currency: str) -> list[PaymentRoute]:
        """Return the gateways and groups that take the method in this currency."""
        return [route for route in self.routes if takes_method(route.methods, method, currency)]

    def list_methods(self, store: Store) -> MethodCurrencies | None:
        """Return the methods that the store's orders can be paid with, or None if NEXT doesn't say.

        No answer says so of a single gateway. Its kind tells what it may take; of that, it takes what NEXT
        lists for the default group, and Link in any case.
        """
        route = self.find_route(store)
        if route is not None and not route.is_group:
            return self._list_gateway_methods(route)
        return (route.methods if route else {}) or self.payment_methods or None

    def _list_gateway_methods(self, gateway: PaymentRoute) -> MethodCurrencies:
        if not self.payment_methods:
            return gateway.methods
        possible = {code for code, method in PAYMENT_METHODS.items() if not method.uses_gateway}
        possible |= gateway.methods.keys()
        listed = {code: self.payment_methods[code] for code in possible & self.payment_methods.keys()}
        link = {LINK.code: gateway.methods[LINK.code]} if LINK.code in gateway.methods else {}
        return listed | link


def takes_method(methods: MethodCurrencies, method: PaymentMethod, currency: str) -> bool:
    """Return True if the method is among `methods`, and takes the currency there."""
    currencies = methods.get(method.code)
    return currencies is not None and (not currencies or currency in currencies)


def _read_methods(data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the methods of a snapshot, whose currencies JSON has as lists."""
    return {code: tuple(currencies) for code, currencies in data.items()}


def check_next_settings(*, store: Store) -> NextSettings:
    """Read the settings and save them as the store's health. Raises NextApiError, which is saved, too."""
    now = timezone.now()
    try:
        found = read_next_settings(store=store)
    except NextApiError as error:
        StoreHealth.record(store, failed_at=now, failure=error.message)
        raise
    StoreHealth.record(store, next_settings=found.to_json(), read_at=now, failed_at=None, failure=Sentence())
    return found


def read_next_settings(*, store: Store) -> NextSettings:
    """Return what NEXT says about the store, which may be unsaved. Raises NextApiError."""
    detail = open_next_client(store, background=True, max_seconds=MAX_CALL_SECONDS).retrieve_store()
    # Probes are refused on purpose, or ask for what doesn't exist. That is no failure of the store.
    prober = open_next_client(store, background=True, max_seconds=MAX_CALL_SECONDS, records_outcome=False)
    routes, missing = _list_routes(prober)
    probed = [scope for scope in SCOPE_PROBES if scope not in {"store:read", _GATEWAY_SCOPE}]
    missing += [scope for scope in probed if prober.lacks_scope(scope)]
    return NextSettings(
        name=detail.name[:_MAX_NAME],
        domain=detail.domain[:_MAX_NAME],
        time_zone=detail.time_zone[:_MAX_NAME],
        company_name=detail.company_name[:_MAX_NAME],
        address_lines=tuple(line[:_MAX_NAME] for line in detail.address_lines),
        tax_id=detail.tax_id[:_MAX_NAME],
        currencies=detail.currencies[:_MAX_ROWS],
        languages=tuple(code[:_MAX_NAME] for code in detail.languages[:_MAX_ROWS]),
        missing_scopes=tuple(missing),
        routes=tuple(routes[:_MAX_ROWS]),
        payment_methods=_list_known_methods(detail.payment_methods),
    )


def _list_routes(api: NextClient) -> tuple[list[PaymentRoute], list[str]]:
    """Return the gateways and groups, and the scope that the token lacks to list them."""
    try:
        gateways, groups = api.list_gateways(), api.list_gateway_groups()
    except NextApiError as error:
        if error.status != _FORBIDDEN:
            raise
        return [], [_GATEWAY_SCOPE]
    routes = [
        PaymentRoute(
            id=gateway.id,
            name=gateway.name[:_MAX_NAME],
            is_group=False,
            methods={
                method.code: _sort_currencies(gateway.currencies)
                for method in PAYMENT_METHODS.values()
                if gateway.is_active and method.runs_on(gateway.kind)
            },
        )
        for gateway in gateways
    ]
    routes += [
        PaymentRoute(
            id=group.id,
            name=group.name[:_MAX_NAME],
            is_group=True,
            methods=_list_known_methods(group.payment_methods, group.currencies),
        )
        for group in groups
    ]
    return routes, []


def _list_known_methods(
    listed: Mapping[str, frozenset[str]], group_currencies: frozenset[str] = frozenset()
) -> dict[str, tuple[str, ...]]:
    """Return those of NEXT's methods that shops can offer. One without currencies has those of its group."""
    return {
        code: _sort_currencies(currencies or group_currencies)
        for code, currencies in sorted(listed.items())
        if code in PAYMENT_METHODS
    }


def _sort_currencies(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(codes)[:_MAX_ROWS])
