"""The WebSocket between a panel in a browser and the relay: who may, how often, and every frame as it came."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import secrets
from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer

from . import frames
from .access import NOBODY, Access, access_now
from .options import option
from .pace import OpenPanels, Pace
from .relay import PROTOCOL, RelayLink

log = logging.getLogger("perch_control")
audit = logging.getLogger("perch_control.audit")

#: Bytes of the largest command. Every setting of a camera at once takes less than 300.
LARGEST_COMMAND = 64 * 1024
#: Commands over the limit of a user that one connection may send before it is closed.
MOST_REFUSED = 600

#: Close codes: what they mean is in the StatusResponse that comes before them. Daphne lets an application use
#: 1000 and 3000 to 4999 only.
NOT_LOGGED_IN, NOT_PERMITTED, TOO_MANY, TOO_LARGE = 4401, 4403, 4429, 4413

pace = Pace()
open_panels = OpenPanels()


class ControlConsumer(AsyncWebsocketConsumer):
    """
    Binary frames: `ControlCommand` from the browser, `StatusResponse` to it.

    Whoever has no business here gets a StatusResponse with the reason, and is then closed. While the
    relay is away every command is answered at once with a StatusResponse that says so; when it is
    back, the camera's status comes by itself.
    """

    # Nothing here goes through a channel layer; a name that is not configured saves asking it.
    channel_layer_alias = "perch_control has no channel layer"

    device: str = ""
    access: Access = NOBODY
    link: RelayLink | None = None
    watch: asyncio.Task[None] | None = None
    counted: bool = False
    closing: bool = False
    refused: int = 0

    async def connect(self) -> None:
        """Lets the browser in, or says why not."""
        self.device = self.scope["url_route"]["kwargs"]["device"]
        # Command names by request_id: those the relay has not answered yet.
        self.unanswered: dict[str, str] = {}
        self.was_away = False
        await self.accept(PROTOCOL if PROTOCOL in self.scope.get("subprotocols", []) else None)
        self.access = await access_now(self.scope, self.device)
        if not await self.still_welcome():
            return
        most = option("PERCH_PANELS_PER_USER")
        self.counted = open_panels.enter(self.access.key, most)
        if not self.counted:
            await self.send_away(
                "too_many_connections", f"You have {most} panels open already. Close one and reload.", TOO_MANY
            )
            return
        self.link = RelayLink(
            self.device, self.client_name(), self.access.name, self.from_relay, self.relay_up, self.relay_down
        )
        self.link.start()
        self.watch = asyncio.get_running_loop().create_task(self.keep_checking())

    def client_name(self) -> str:
        """
        This panel's name at the relay: the same when the same page connects again, as `?client=NAME` says.

        All of this site's panels share one token there, so the user is part of the name.
        """
        query = parse_qs(self.scope.get("query_string", b"").decode("latin1"))
        chosen = query.get("client", [""])[0]
        if not re.fullmatch(r"[\w-]{8,40}", chosen, re.ASCII):
            chosen = secrets.token_hex(16)
        return hashlib.sha256(f"{self.access.key} {chosen}".encode()).hexdigest()[:32]

    async def disconnect(self, code: int) -> None:
        """The browser is gone."""
        self.closing = True
        if self.watch is not None:
            self.watch.cancel()
        if self.counted:
            open_panels.leave(self.access.key)
        if self.link is not None:
            await self.link.stop()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """A frame from the browser."""
        if self.closing or self.link is None:
            return
        if bytes_data is None:
            await self.refuse("bad_message", "This is not a ControlCommand: send it as a binary frame.")
            return
        if len(bytes_data) > LARGEST_COMMAND:
            allowed = f"at most {LARGEST_COMMAND // 1024} kB"
            await self.send_away("too_large", f"That is larger than allowed: {allowed}.", TOO_LARGE)
            return
        try:
            command = frames.read_command(bytes_data)
        except frames.Unreadable as error:
            if await self.within_pace(""):
                await self.refuse("bad_message", f"This is not a ControlCommand: {error}.")
            return
        if not await self.within_pace(command.request_id):
            return
        if not command.only_asks and not self.access.change:
            audit.warning(
                "%s may not change %s: %s", self.access.name, self.device, command.name, extra=self.details(command)
            )
            await self.refuse(
                "not_permitted",
                "You may look at this camera, but not change it. Ask an administrator of this site.",
                command.request_id,
            )
            return
        await self.forward(bytes_data, command)

    async def forward(self, frame: bytes, command: frames.Command) -> None:
        """Hands a command to the relay, or says why that is not possible."""
        link = self.link
        if link is None:
            return
        if link.away is not None:
            await self.refuse("relay_away", link.away, command.request_id)
            return
        if not link.send(frame):
            sentence = "The camera server is too slow for this. Wait a moment and try again."
            await self.refuse("relay_away", sentence, command.request_id)
            return
        if command.request_id:
            self.unanswered[command.request_id] = command.name
            if len(self.unanswered) > 1000:
                del self.unanswered[next(iter(self.unanswered))]
        if not command.only_asks:
            audit.info(
                "%s at %s: %s %s",
                self.access.name,
                self.device,
                command.name,
                said(command.settings),
                extra=self.details(command),
            )

    async def from_relay(self, frame: bytes | str) -> None:
        """A frame from the relay, for the browser as it is."""
        if self.closing:
            return
        if isinstance(frame, str):
            await self.send(text_data=frame)
            return
        if self.unanswered:
            self.unanswered.pop(frames.answered(frame), None)
        await self.send(bytes_data=frame)

    async def relay_up(self) -> None:
        """The relay is there, or there again: what the panel shows may be old."""
        if self.was_away and self.link is not None:
            self.was_away = False
            self.link.send(frames.status_question())

    async def relay_down(self, sentence: str) -> None:
        """The relay is away: whoever waits for an answer gets one, and the panel is told."""
        waiting, self.unanswered = self.unanswered, {}
        self.was_away = True
        if self.closing:
            return
        for request_id, name in waiting.items():
            unsure = "" if name.startswith("GET_") else " Whether this took effect shows when it is back."
            await self.refuse("relay_away", sentence + unsure, request_id)
        await self.refuse("relay_away", sentence)

    async def keep_checking(self) -> None:
        """Looks again and again whether this user may still be here."""
        while not self.closing:
            await asyncio.sleep(option("PERCH_RECHECK_SECONDS"))
            try:
                now = await access_now(self.scope, self.device)
            except Exception:  # the database may be away; what was true stays true until it is back
                log.exception("The permissions of %s could not be looked at again.", self.access.name)
                continue
            if now.key != self.access.key:
                now = NOBODY
            # The panel stays counted for the user who opened it.
            self.access = self.access._replace(view=now.view, change=now.change)
            if not now.view:
                name = now.name
                await self.still_welcome(logged_in=name != "")
                return

    async def still_welcome(self, logged_in: bool | None = None) -> bool:
        """Sends whoever may not look away, with the reason."""
        if self.access.view:
            return True
        if logged_in if logged_in is not None else self.access.name != "":
            audit.warning("%s may not look at %s", self.access.name, self.device, extra=self.details(None))
            await self.send_away(
                "not_permitted",
                "You may not look at this camera. Ask an administrator of this site for the permission.",
                NOT_PERMITTED,
            )
        else:
            await self.send_away("not_logged_in", "Log in first, then open this page again.", NOT_LOGGED_IN)
        return False

    async def within_pace(self, request_id: str) -> bool:
        """Counts a command against the user's limit; says so when it is one too many."""
        per_second = option("PERCH_COMMANDS_PER_SECOND")
        wait = pace.take(self.access.key, per_second, option("PERCH_COMMANDS_AT_ONCE"))
        if wait == 0:
            return True
        self.refused += 1
        allowed = f"at most {per_second} commands a second"
        if self.refused > MOST_REFUSED:
            await self.send_away("too_many", f"Far too many requests: {allowed}. The panel was closed.", TOO_MANY)
        else:
            sentence = f"Too many requests: {allowed}. Wait {max(1, round(wait * 1000))} ms and try again."
            await self.refuse("too_many", sentence, request_id)
        return False

    async def refuse(self, code: str, sentence: str, request_id: str = "") -> None:
        """Says no to a request or, without an id, to the panel as a whole."""
        if not self.closing:
            await self.send(bytes_data=frames.refusal(code, sentence, request_id))

    async def send_away(self, code: str, sentence: str, close_code: int) -> None:
        """The reason, then the end of the connection."""
        if self.closing:
            return
        await self.refuse(code, sentence)
        self.closing = True
        await self.close(close_code)

    def details(self, command: frames.Command | None) -> dict[str, Any]:
        """What a log handler may want apart from the sentence."""
        client = self.scope.get("client") or ("",)
        return {
            "perch_user": self.access.name,
            "perch_device": self.device,
            "perch_command": command.name if command else "",
            "perch_settings": command.settings if command else {},
            "perch_request_id": command.request_id if command else "",
            "perch_address": client[0],
        }


def said(settings: dict[str, frames.SettingValue]) -> str:
    """Settings in a line of a log: brightness=12 bitrate='2M'."""
    return " ".join(f"{name}={value!r}" for name, value in settings.items())
