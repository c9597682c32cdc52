"""API views that need payments, which the apps below don't know."""
