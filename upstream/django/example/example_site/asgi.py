"""Pages by Django, the panel's WebSocket by perch_control. Start: daphne example_site.asgi:application"""

from __future__ import annotations

import os
import sys
from pathlib import Path

# An installed perch_control comes first; without one, the source beside this example.
sys.path.append(str(Path(__file__).resolve().parent.parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_site.settings")

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402

pages = get_asgi_application()

# Models and settings are there from here on.
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from perch_control.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter(
    {
        # Static files by Django itself: right for an example, a real site has its web server do that.
        "http": ASGIStaticFilesHandler(pages),
        "websocket": URLRouter(websocket_urlpatterns),
    }
)
