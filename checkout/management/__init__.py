"""Django management code of the checkout."""
