"""The control API and pages: set up a store, change its behavior, inspect it. Loopback only."""
