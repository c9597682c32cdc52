from django.apps import AppConfig


class NextCommerceConfig(AppConfig):
    name = "nextcommerce"
