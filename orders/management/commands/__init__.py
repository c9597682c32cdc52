"""Management commands for orders."""
