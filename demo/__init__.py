"""The demo's catalogue: `fill` a store with it, `store_catalogue` for the sandbox."""

from demo.seed_catalog import fill, store_catalogue

__all__ = ["fill", "store_catalogue"]
