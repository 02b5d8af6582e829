"""One connection to the relay for one panel: it is kept, and it says in a sentence why it is not there."""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
import os
import random
import ssl
from collections.abc import Awaitable
from typing import Any, Callable, Union
from urllib.parse import quote

from websockets import exceptions

try:  # websockets 13 and newer
    from websockets.asyncio.client import connect
except ImportError:  # Debian 12 has 10.4
    from websockets.client import connect  # type: ignore[no-redef,assignment,attr-defined]

from .options import option

log = logging.getLogger("perch_control")

Frame = Union[bytes, str]

PROTOCOL = "camera_control.v1"
#: Bytes of the largest frame from the relay that is passed on.
LARGEST_FRAME = 1024 * 1024
#: Commands that may wait for a relay that reads slowly.
MOST_WAITING = 64
#: Seconds: to connect, between pings, until a silent relay counts as gone after a ping.
CONNECT_TIMEOUT, PING_INTERVAL, PING_TIMEOUT = 8, 8, 8
#: Seconds between tries: full jitter below a bound that doubles up to the last.
FIRST_RETRY, LAST_RETRY = 0.5, 8.0
#: Seconds between tries when the relay said no; it will not change its mind in a moment.
REFUSED_RETRY = 15.0


def retry_delay(tries: int, said_no: bool, chance: float) -> float:
    """Seconds before the n-th try (from 0); `chance` is a random number from 0 to 1."""
    if said_no:
        return REFUSED_RETRY * (0.75 + chance / 2)
    return max(0.1, min(LAST_RETRY, FIRST_RETRY * 2**tries) * chance)


class RelayLink:
    """
    Keeps a connection to the relay's `WS /control/<device>` while a panel is open.

    `on_frame` gets every frame of the relay as it came; `on_up` hears of each connection; `on_down`
    hears the sentence each time one cannot be made or breaks. `client` names the panel to the relay: what
    is sent again under the same name and request_id is not carried out twice.
    """

    def __init__(
        self,
        device: str,
        client: str,
        user: str,
        on_frame: Callable[[Frame], Awaitable[None]],
        on_up: Callable[[], Awaitable[None]],
        on_down: Callable[[str], Awaitable[None]],
    ) -> None:
        self._device = device
        self._client = client
        self._user = user
        self._on_frame = on_frame
        self._on_up = on_up
        self._on_down = on_down
        self._outgoing: asyncio.Queue[Frame] = asyncio.Queue(MOST_WAITING)
        self._task: asyncio.Task[None] | None = None
        #: Why there is no connection, in a sentence; None while there is one or the first try runs.
        self.away: str | None = None

    def start(self) -> None:
        """Connects, and stays connected until `stop`."""
        self._task = asyncio.get_running_loop().create_task(self._stay())

    async def stop(self) -> None:
        """Ends the connection for good."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def send(self, frame: Frame) -> bool:
        """Hands a frame on. False when too many wait already; ask `away` first."""
        try:
            self._outgoing.put_nowait(frame)
        except asyncio.QueueFull:
            return False
        return True

    async def _stay(self) -> None:
        tries = 0
        while True:
            said_no = False
            try:
                socket = await self._open()
                try:
                    tries = 0
                    self.away = None
                    log.info("The relay is there for %s.", self._device)
                    sentence = await self._serve(socket)
                finally:
                    close_soon(socket)
            except Exception as error:  # whatever it is, the next try comes
                sentence, said_no = explain(error, self._device)
                log.warning("No connection to the relay for %s: %s", self._device, describe(error))
            self.away = sentence
            while not self._outgoing.empty():
                self._outgoing.get_nowait()
            await self._on_down(sentence)
            await asyncio.sleep(retry_delay(tries, said_no, random.random()))
            tries += 1

    async def _serve(self, socket: Any) -> str:
        """Passes frames both ways until the connection ends; answers with the sentence about that."""
        sender = asyncio.get_running_loop().create_task(self._send_all(socket))
        try:
            await self._on_up()
            async for frame in socket:
                await self._on_frame(frame)
        except exceptions.ConnectionClosed:
            pass
        finally:
            sender.cancel()
            await asyncio.wait([sender])
        log.warning("The relay is gone for %s: %s %s", self._device, socket.close_code, socket.close_reason)
        if socket.close_reason and socket.close_code != 1000:
            return sentence_of(f"The camera server ended the connection: {socket.close_reason}")
        return "The connection to the camera server broke. It is made again by itself."

    async def _send_all(self, socket: Any) -> None:
        try:
            while True:
                await socket.send(await self._outgoing.get())
        except exceptions.ConnectionClosed:
            return

    async def _open(self) -> Any:
        """
        A connection. Given up while it is being made, it is closed once it stands: the library itself
        would leave it open in that case (seen with websockets 10.4).
        """

        async def opened() -> Any:
            return await self._connect()

        opening = asyncio.get_running_loop().create_task(opened())
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(
                lambda task: None if task.cancelled() or task.exception() else close_soon(task.result())
            )
            raise

    def _connect(self) -> Any:
        relay = str(option("PERCH_RELAY_URL")).rstrip("/")
        url = f"{relay}/control/{quote(self._device, safe='')}?client={self._client}"
        if option("PERCH_QUEUE_CHANGES"):
            url += "&queue=1"
        headers = {
            "Authorization": f"Bearer {option('PERCH_RELAY_TOKEN')}",
            # For everybody else who looks at the camera: who moved it.
            "Perch-User": quote(self._user, safe=""),
        }
        arguments: dict[str, Any] = {
            HEADERS_ARGUMENT: headers,
            "subprotocols": [PROTOCOL],
            "compression": None,
            "max_size": LARGEST_FRAME,
            "open_timeout": CONNECT_TIMEOUT,
            "ping_interval": PING_INTERVAL,
            "ping_timeout": PING_TIMEOUT,
            "close_timeout": 2,
        }
        if HAS_PROXY:
            # The relay is beside this site or behind its VPN; a web proxy knows neither.
            arguments["proxy"] = None
        if url.startswith("wss:"):
            authority = str(option("PERCH_RELAY_CA"))
            arguments["ssl"] = trusting(authority, os.stat(authority).st_mtime if authority else 0)
        return connect(url, **arguments)


@functools.lru_cache(maxsize=8)
def trusting(authority: str, changed: float) -> ssl.SSLContext:
    """What certificates are held against: this PEM file as of `changed`, else the system's authorities."""
    return ssl.create_default_context(cafile=authority or None)


#: What runs on after its panel is gone, held here so that it is not collected.
_closing: set[asyncio.Task[None]] = set()


def close_soon(socket: Any) -> None:
    """Says good-bye to the relay without waiting for it."""
    task = asyncio.get_running_loop().create_task(socket.close())
    _closing.add(task)
    task.add_done_callback(_closing.discard)


_parameters = inspect.signature(connect.__init__).parameters
HEADERS_ARGUMENT = "additional_headers" if "additional_headers" in _parameters else "extra_headers"
HAS_PROXY = "proxy" in _parameters


def refused_status(error: BaseException) -> int | None:
    """The HTTP status with which the relay refused a connection, where that is what happened."""
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None) or getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def explain(error: BaseException, device: str) -> tuple[str, bool]:
    """A sentence for the person at the panel, and whether the relay itself said no. Addresses stay in the log."""
    status = refused_status(error)
    if status in (401, 403):
        return (
            "The camera server does not accept this site. Its administrator has to set a valid PERCH_RELAY_TOKEN.",
            True,
        )
    if status == 404:
        return f'The camera server knows no camera "{device}".', True
    if status == 429 or status == 503:
        return "The camera server has too much to do. It is tried again by itself.", False
    if status is not None:
        return f"The camera server refused the connection (HTTP {status}). It is tried again by itself.", True
    if isinstance(error, ssl.SSLCertVerificationError):
        return "The camera server's certificate cannot be trusted. Its administrator has to set PERCH_RELAY_CA.", True
    if isinstance(error, FileNotFoundError):
        return "This site's PERCH_RELAY_CA names no file. Its administrator has to correct it.", True
    if isinstance(error, (asyncio.TimeoutError, TimeoutError)):
        return "The camera server does not answer. It is tried again by itself.", False
    if isinstance(error, ssl.SSLError):
        return "There is no secure connection to the camera server. It is tried again by itself.", False
    if isinstance(error, OSError):
        return "The camera server cannot be reached. It is tried again by itself.", False
    if isinstance(error, exceptions.InvalidURI):
        return "This site's PERCH_RELAY_URL is no address. Its administrator has to correct it.", True
    return "There is no connection to the camera server. It is tried again by itself.", False


def describe(error: BaseException) -> str:
    """An error for the log."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def sentence_of(text: str) -> str:
    """With a full stop at its end."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
