"""Tests of orders: admin, refunds, emails, status pages, statistics."""
