"""Tests of the orders API."""
