"""No table of its own: cameras live at the relay. The model is there for its two permissions."""

from __future__ import annotations

from django.db import models


class Camera(models.Model):
    """A camera of the relay, as something users are permitted to view or to change."""

    class Meta:
        managed = False
        default_permissions = ("view", "change")
        verbose_name = "camera"
        verbose_name_plural = "cameras"
