"""Template tags for pictures and for every shop page."""
