"""The portal as a Django app: it brings the system checks."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Loads `portal.checks` at start, where there is one."""

    name = "portal"

    def ready(self) -> None:
        from portal import checks  # noqa: F401
