"""Shop pages about orders."""
