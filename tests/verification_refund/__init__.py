"""Tests of verification amounts: charged at checkout and refunded right after the payment."""
