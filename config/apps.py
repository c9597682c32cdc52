"""App configurations of the project and of the admin site."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class ProjectConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import checks, deployment_checks, telemetry  # noqa: F401  (registers the startup checks)

        telemetry.set_up_telemetry()


class StaffAdminConfig(admin.AdminConfig):
    default = False
    default_site = "config.admin_site.StaffAdminSite"
