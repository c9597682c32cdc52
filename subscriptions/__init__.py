"""Subscriptions: mirrored from NEXT Commerce and kept in sync with what was sold and requested."""
