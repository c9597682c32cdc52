"""Rows as the JSON of the published description."""
