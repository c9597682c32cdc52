"""Tests of catalog services and storefront pages."""
