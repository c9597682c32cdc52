"""The scopes that a token needs, each with a call that shows whether it has it and that changes nothing."""

# The writes are about an order, a cart, and so on that can't exist: NEXT checks the scope before it looks.
SCOPE_PROBES = {
    "store:read": ("GET", "store/"),
    "gateways:read": ("GET", "gateways/"),
    "catalogue:read": ("GET", "products/"),  # codespell:ignore
    "orders:read": ("GET", "orders/"),
    "orders:write": ("POST", "orders/0/notes/"),
    "carts:read": ("GET", "carts/"),
    "carts:write": ("PUT", "carts/0/"),
    "subscriptions:read": ("GET", "subscriptions/"),
    "subscriptions:write": ("PATCH", "subscriptions/0/"),
    "webhooks:read": ("GET", "webhooks/"),
    "webhooks:write": ("PATCH", "webhooks/0/"),
}
