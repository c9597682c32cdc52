"""The staff: the user model, and roles with the permissions their work needs."""
