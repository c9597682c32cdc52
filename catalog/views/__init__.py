"""Storefront views of the catalog."""
