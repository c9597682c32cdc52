"""The pages on which subscribers manage their subscriptions."""
