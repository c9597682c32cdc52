"""The wording app; loads the sentences of all apps when Django starts."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class WordingConfig(AppConfig):
    name = "wording"

    def ready(self) -> None:
        # A stored sentence may be read by a process that never wrote one.
        autodiscover_modules("sentences")
