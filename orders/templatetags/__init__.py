"""Template tags for the admin dashboard."""
