"""Benches: how fast it is, and how that grows. Their modules are run, so Django is made ready here."""

import os

import django

import tests.environment  # noqa: F401  the settings, before Django reads them

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
