"""Template filters for checkout pages."""
