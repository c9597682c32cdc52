"""The Admin API, version 2024-04-01, as a shop calls it."""
