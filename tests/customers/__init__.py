"""Tests of customers: the API, and exporting and erasing personal data."""
