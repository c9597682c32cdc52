"""The checkout in the admin: one module for each page of it."""

from checkout.admin import offers

__all__ = ["offers"]
