"""The API of orders and customers."""
