"""What Django needs to know of this app."""

from __future__ import annotations

from django.apps import AppConfig


class PerchControlConfig(AppConfig):
    """Perch cameras, controlled from this site."""

    name = "perch_control"
    label = "perch_control"
    verbose_name = "Cameras"

    def ready(self) -> None:
        from . import checks  # noqa: F401  (registers itself)
