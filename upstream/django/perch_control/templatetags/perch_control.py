"""`{% load perch_control %}{% perch_camera "garden" %}` puts a camera's control panel on a page."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import get_script_prefix

from ..access import access_of
from ..options import control_path

register = template.Library()


@register.inclusion_tag("perch_control/camera.html", takes_context=True)
def perch_camera(context: dict[str, Any], device: str, camera: str = "", theme: str = "") -> dict[str, Any]:
    """
    The panel of a device of the relay, for the user of this request.

    `camera`: which of the device's cameras; the first when left out. `theme`: 'light' or 'dark'; what the
    person's system asks for when left out. Needs the context processor `request`, as Django's own start
    template has it.
    """
    request = context.get("request")
    if request is None:
        raise template.TemplateSyntaxError(
            "perch_camera needs the request. Add django.template.context_processors.request to the context_processors."
        )
    access = access_of(getattr(request, "user", None), device)
    return {
        "device": device,
        "camera": camera,
        "theme": theme,
        "address": f"{get_script_prefix()}{control_path()}{device}",
        "access": access,
        "nonce": getattr(request, "csp_nonce", ""),
    }
