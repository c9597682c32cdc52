"""The Django project: settings, URLs, startup checks, health, metrics and logging."""

# The release, also in pyproject.toml.
VERSION = "0.9.0"
