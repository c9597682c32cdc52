"""The demo's catalog: `fill` a store with it, `store_catalogue` for the sandbox."""

from demo.seed_catalog import build_sandbox_catalog, seed_demo_catalog

__all__ = ["build_sandbox_catalog", "seed_demo_catalog"]
