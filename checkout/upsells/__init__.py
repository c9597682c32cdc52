"""One-click upsells: chosen after the payment, answered yes or no, and charged to the same payment (3.4)."""
