"""The API of subscriptions and invoices."""
