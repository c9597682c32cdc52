"""Tests of accounts: users and staff roles."""
