"""Tests of the catalog's admin pages and CSV import."""
