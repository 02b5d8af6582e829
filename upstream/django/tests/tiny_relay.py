"""A relay small enough to read: WS /control/<device> by Python's websockets, answering as a camera would."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any, Callable

from perch_control import frames
from websockets.exceptions import ConnectionClosed
from websockets.legacy.server import WebSocketServerProtocol, serve  # in Debian 12 and 13 alike

TOKEN = "token-of-the-site"


def answer(command: frames.Command, settings: bytes = b"") -> bytes:
    """A StatusResponse that says yes."""
    return b"".join(
        (
            frames.field(1, 1),
            frames.field(2, f"{command.name} done."),
            settings and frames.varint(3 << 3 | frames.BYTES) + frames.varint(len(settings)) + settings,
            frames.field(4, command.request_id) if command.request_id else b"",
            # A field that only a newer relay knows.
            frames.field(900, "from the future"),
        )
    )


class TinyRelay:
    """Keeps what it heard; answers everything, unless told otherwise."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.paths: list[str] = []
        self.users: list[str | None] = []
        self.protocols: list[str | None] = []
        self.sockets: list[WebSocketServerProtocol] = []
        self.news = asyncio.Condition()
        self.reply: Callable[[frames.Command], bytes | None] = answer
        self.port = 0
        self._server: Any = None

    async def start(self, port: int = 0, tls: ssl.SSLContext | None = None) -> TinyRelay:
        """Listens, on a free port when none is given."""
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            port,
            process_request=self._admit,
            subprotocols=["camera_control.v1"],
            ssl=tls,  # type: ignore[arg-type,list-item]
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Is gone."""
        self._server.close()
        await self._server.wait_closed()

    async def until(self, true: Callable[[], bool]) -> None:
        """Waits for something that this relay hears or does."""
        async with self.news:
            await asyncio.wait_for(self.news.wait_for(true), 10)

    async def push(self, frame: Any) -> None:
        """A frame to everybody."""
        for socket in self.sockets:
            await socket.send(frame)

    async def _admit(self, path: str, headers: Any) -> Any:
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return HTTPStatus.UNAUTHORIZED, [], b"Log in first."
        if path.startswith("/control/nobody?"):
            return HTTPStatus.NOT_FOUND, [], b"There is no such device."
        return None

    async def _serve(self, socket: WebSocketServerProtocol, path: str = "") -> None:
        self.paths.append(path or socket.path)
        self.users.append(socket.request_headers.get("Perch-User"))
        self.protocols.append(socket.subprotocol)
        self.sockets.append(socket)
        await self._tell()
        try:
            with contextlib.suppress(ConnectionClosed):
                await self._answer(socket)
        finally:
            self.sockets.remove(socket)
            await self._tell()

    async def _answer(self, socket: WebSocketServerProtocol) -> None:
        async for frame in socket:
            self.heard.append(frame)  # type: ignore[arg-type]
            if isinstance(frame, bytes):
                with contextlib.suppress(frames.Unreadable):
                    reply = self.reply(frames.read_command(frame))
                    if reply is not None:
                        await socket.send(reply)
            await self._tell()

    async def _tell(self) -> None:
        async with self.news:
            self.news.notify_all()


@contextlib.asynccontextmanager
async def tiny_relay(port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator[TinyRelay]:
    """A relay for the time of a block."""
    relay = await TinyRelay().start(port, tls)
    try:
        yield relay
    finally:
        await relay.stop()
