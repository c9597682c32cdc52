"""The Django project: settings, URLs, startup checks, health, metrics and logging."""
