"""The peer: what a relay is when written the usual way with Django Channels, without accounts, limits or logs.

Devices on /, whoever steers one on /control/<device>; commands and answers go through the channel layer.
"""

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["*"],
    CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}}},
)
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

# The device's channel by its name; the channel of whoever asked by request_id.
devices: dict[str, str] = {}
askers: dict[bytes, str] = {}


def request_id(frame: bytes, field: int) -> bytes:
    """The text of one field, straight from the bytes."""
    at = 0
    while at < len(frame):
        key, at = frame[at], at + 1
        if key & 7 == 2:
            length, at = frame[at], at + 1
            if key >> 3 == field:
                return frame[at : at + length]
            at += length
        else:
            while frame[at] >= 0x80:
                at += 1
            at += 1
    return b""


class Device(AsyncWebsocketConsumer):
    async def connect(self):
        headers = dict(self.scope["headers"])
        devices[headers[b"authorization"].decode().removeprefix("Bearer ")] = self.channel_name
        await self.accept("camera_control.v1")

    async def command(self, event):
        await self.send(bytes_data=event["frame"])

    async def receive(self, text_data=None, bytes_data=None):
        asker = askers.pop(request_id(bytes_data, 4), None)
        if asker:
            await self.channel_layer.send(asker, {"type": "status", "frame": bytes_data})


class Operator(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        askers[request_id(bytes_data, 3)] = self.channel_name
        device = devices[self.scope["url_route"]["kwargs"]["device"]]
        await self.channel_layer.send(device, {"type": "command", "frame": bytes_data})

    async def status(self, event):
        await self.send(bytes_data=event["frame"])


routes = [path("", Device.as_asgi()), path("control/<device>", Operator.as_asgi())]
application = ProtocolTypeRouter({"websocket": URLRouter(routes)})
