"""Benchmarks. Their modules run as programs, so Django is set up here."""

import os

import django

import tests.environment  # noqa: F401  (sets the environment before Django reads its settings)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
