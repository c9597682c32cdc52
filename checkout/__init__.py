"""Checkout: from a selection to a settled payment, with upsells and erasure of customer data."""
