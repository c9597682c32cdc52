"""Subscriptions: mirrored from the store, and brought to what was sold and what is wanted of them (3.7)."""
