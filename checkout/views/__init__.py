"""Pages of a purchase: cart, checkout, payment outcome, upsells, ordering again, and token links."""
