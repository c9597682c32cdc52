"""Discount codes and offers before the payment."""
