"""One-click upsells: offered after a payment and charged to the same payment method."""
