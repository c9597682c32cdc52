"""App configuration: the client keeps its rate limiter's state in the database."""

from django.apps import AppConfig


class NextCommerceConfig(AppConfig):
    name = "nextcommerce"
