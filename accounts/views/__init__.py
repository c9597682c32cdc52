"""Pages of the admin around signing in."""
