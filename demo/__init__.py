"""The demo's catalog: `fill` a store with it, `store_catalogue` for the sandbox."""

from demo.seed_catalog import seed_demo_catalog, build_sandbox_catalog

__all__ = ["seed_demo_catalog", "build_sandbox_catalog"]
