"""The scopes of the Admin API, and the one that a call needs, as the API description assigns them."""

SCOPES = tuple(
    f"{resource}:{access}"
    for resource, accesses in {
        "carts": ("read", "write"),
        "catalogue": ("read",),  # codespell:ignore
        "gateways": ("read",),
        "orders": ("read", "write"),
        "store": ("read",),
        "subscriptions": ("read", "write"),
        "transactions": ("read",),
        "users": ("read",),
        "webhooks": ("read", "write"),
    }.items()
    for access in accesses
)
# Where the scope isn't named as the address is.
_SCOPE_NAMES = {"products": "catalogue", "gateway-groups": "gateways"}  # codespell:ignore


def find_needed_scope(*, method: str, path: str) -> str:
    """Return the scope that a call needs, such as ``orders:write``, or "" if it needs none."""
    resource = path.removeprefix("/api/admin/").partition("/")[0]
    access = "read" if method == "GET" else "write"
    scope = f"{_SCOPE_NAMES.get(resource, resource)}:{access}"
    return scope if scope in SCOPES else ""
