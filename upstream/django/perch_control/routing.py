"""
The WebSocket's route. In the site's asgi.py:

    application = ProtocolTypeRouter({
        "http": get_asgi_application(),
        "websocket": URLRouter(perch_control.routing.websocket_urlpatterns),
    })

Origin and login are looked at here, so that a site cannot forget to; a site that wraps its routes in
AuthMiddlewareStack or a middleware of its own keeps that one.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable
from typing import Any, Callable

from channels.auth import AuthMiddlewareStack
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import re_path

from .consumers import ControlConsumer
from .options import control_path

#: A device's name at the relay.
DEVICE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"

Application = Callable[..., Awaitable[Any]]


def signed_in(application: Application) -> Application:
    """Adds the session's user to the scope where nobody has done so yet."""
    with_session = AuthMiddlewareStack(application)

    async def choose(scope: dict, receive: Callable, send: Callable) -> Any:
        chosen = application if "user" in scope else with_session
        return await chosen(scope, receive, send)

    return choose


websocket_urlpatterns = [
    re_path(
        rf"^{re.escape(control_path())}(?P<device>{DEVICE})$",
        AllowedHostsOriginValidator(signed_in(ControlConsumer.as_asgi())),
    ),
]
