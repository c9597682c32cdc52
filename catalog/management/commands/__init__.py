"""Import, export, and sync commands."""
