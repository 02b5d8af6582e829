"""The consumer between a browser's end of a WebSocket and a tiny relay on a real one."""

from __future__ import annotations

import logging
import ssl
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest import mock

from channels.db import database_sync_to_async
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, TransactionTestCase, override_settings
from perch_control import frames, relay
from perch_control.consumers import open_panels, pace
from perch_control.frames import field, varint
from perch_control.routing import websocket_urlpatterns

from .tiny_relay import TOKEN, TinyRelay, answer, tiny_relay

ORIGIN = (b"origin", b"http://testserver")


def update(request_id: str = "u-1", brightness: int = 12) -> bytes:
    """UPDATE_SETTINGS."""
    settings = field(6, brightness)
    return field(1, 0) + varint(2 << 3 | 2) + varint(len(settings)) + settings + field(3, request_id)


def question(request_id: str = "q-1") -> bytes:
    """GET_STATUS."""
    return field(1, 3) + field(3, request_id)


def read(frame: bytes) -> dict:
    """The parts of a StatusResponse these tests look at."""
    names = {1: "success", 2: "message", 4: "request_id", 26: "error_code"}
    return {
        names[number]: value.decode() if isinstance(value, bytes) else value
        for number, _, value in frames.fields(frame)
        if number in names
    }


@override_settings(
    PERCH_RELAY_TOKEN=TOKEN,
    ALLOWED_HOSTS=["testserver"],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
)
class ConsumerTest(TransactionTestCase):
    """Everything real but the browser and the relay's other side."""

    def setUp(self) -> None:
        self.operator = User.objects.create_user("olga", password="p", is_staff=False)
        self.viewer = User.objects.create_user("viktor", password="p")
        self.stranger = User.objects.create_user("sam", password="p")
        self.operator.user_permissions.add(Permission.objects.get(codename="change_camera"))
        self.viewer.user_permissions.add(Permission.objects.get(codename="view_camera"))
        pace._buckets.clear()
        open_panels._open.clear()
        logging.disable(logging.WARNING)
        self.addCleanup(logging.disable, logging.NOTSET)
        quick = mock.patch.object(relay, "retry_delay", lambda *_: 0.02)
        quick.start()
        self.addCleanup(quick.stop)

    @asynccontextmanager
    async def relay(self, port: int = 0) -> AsyncIterator[TinyRelay]:
        """A relay, and the site set to it."""
        async with tiny_relay(port) as tiny:
            with override_settings(PERCH_RELAY_URL=f"ws://127.0.0.1:{tiny.port}"):
                yield tiny

    @asynccontextmanager
    async def panel(self, user: User | None, device: str = "garden", **more: Any) -> AsyncIterator[Any]:
        """A browser's WebSocket, logged in by a session as Django makes it."""
        headers = [more.get("origin", ORIGIN)]
        if user is not None:
            client = Client()
            await database_sync_to_async(client.force_login)(user)
            self.session_key = client.cookies["sessionid"].value
            headers.append((b"cookie", f"sessionid={self.session_key}".encode()))
        communicator = WebsocketCommunicator(
            URLRouter(websocket_urlpatterns),
            f"/perch/control/{device}{more.get('query', '')}",
            headers=headers,
            subprotocols=more.get("subprotocols", ["camera_control.v1"]),
        )
        self.connected, self.subprotocol = await communicator.connect(timeout=10)
        try:
            yield communicator
        finally:
            if self.connected:
                await communicator.disconnect(timeout=10)

    async def said(self, communicator: Any) -> dict:
        """The next status."""
        return read(await communicator.receive_from(timeout=10))

    async def closed(self, communicator: Any) -> int:
        """The close code that comes next."""
        message = await communicator.receive_output(timeout=10)
        self.assertEqual(message["type"], "websocket.close")
        return message["code"]

    async def test_frames_pass_both_ways_byte_for_byte(self) -> None:
        async with self.relay() as tiny, self.panel(self.operator) as panel:
            self.assertEqual(self.subprotocol, "camera_control.v1")
            sent = update() + field(777, "a field of tomorrow")
            await panel.send_to(bytes_data=sent)
            got = await panel.receive_from(timeout=10)
            self.assertEqual(tiny.heard, [sent])
            self.assertEqual(got, answer(frames.read_command(sent)))
            self.assertRegex(tiny.paths[0], r"^/control/garden\?client=[0-9a-f]{32}$")
            self.assertEqual((tiny.protocols, tiny.users), (["camera_control.v1"], ["olga"]))
            push = field(1, 1) + field(23, "Page at 10.0.0.2") + bytes(range(8, 9)) + b"\x01"
            await tiny.push(push)
            self.assertEqual(await panel.receive_from(timeout=10), push)
            await tiny.push("a text of a later version")
            self.assertEqual(await panel.receive_from(timeout=10), "a text of a later version")

    @override_settings(PERCH_QUEUE_CHANGES=True)
    async def test_a_page_that_comes_back_has_the_same_name_at_the_relay(self) -> None:
        async with self.relay() as tiny:
            for user, query in (
                (self.operator, "?client=page-0001"),
                (self.operator, "?client=page-0001"),
                (self.viewer, "?client=page-0001"),
                (self.operator, "?client=../../x"),
                (self.operator, ""),
            ):
                async with self.panel(user, query=query) as panel:
                    await panel.send_to(bytes_data=question())
                    await self.said(panel)
            self.assertEqual(tiny.paths[0], tiny.paths[1])
            self.assertEqual(len(set(tiny.paths)), 4)
            for path in tiny.paths:
                self.assertRegex(path, r"^/control/garden\?client=[0-9a-f]{32}&queue=1$")

    async def test_a_browser_without_a_subprotocol_is_served_too(self) -> None:
        async with self.relay(), self.panel(self.operator, subprotocols=[]) as panel:
            self.assertIsNone(self.subprotocol)
            await panel.send_to(bytes_data=question())
            self.assertTrue((await self.said(panel))["success"])

    async def test_the_connection_to_the_relay_ends_with_the_panel(self) -> None:
        async with self.relay() as tiny:
            async with self.panel(self.operator):
                await tiny.until(lambda: len(tiny.sockets) == 1)
            await tiny.until(lambda: len(tiny.sockets) == 0)

    async def test_nobody_is_told_to_log_in(self) -> None:
        async with self.relay() as tiny, self.panel(None) as panel:
            status = await self.said(panel)
            self.assertEqual(status["error_code"], "not_logged_in")
            self.assertIn("Log in first", status["message"])
            self.assertEqual(await self.closed(panel), 4401)
            self.assertEqual(tiny.paths, [])

    async def test_a_user_without_permission_is_told_so(self) -> None:
        async with self.relay() as tiny, self.panel(self.stranger) as panel:
            status = await self.said(panel)
            self.assertEqual((status["success"], status["error_code"]), (0, "not_permitted"))
            self.assertIn("may not look at this camera", status["message"])
            self.assertEqual(await self.closed(panel), 4403)
            self.assertEqual(tiny.paths, [])

    async def test_an_inactive_user_is_nobody(self) -> None:
        async with self.relay(), self.panel(self.operator) as panel:
            await panel.send_to(bytes_data=question())
            await self.said(panel)
        await database_sync_to_async(User.objects.filter(pk=self.operator.pk).update)(is_active=False)
        async with self.relay(), self.panel(self.operator) as panel:
            self.assertEqual((await self.said(panel))["error_code"], "not_logged_in")

    async def test_a_viewer_asks_but_does_not_change(self) -> None:
        async with self.relay() as tiny, self.panel(self.viewer) as panel:
            with self.assertLogs("perch_control.audit", "WARNING") as logged:
                logging.disable(logging.NOTSET)
                for number, frame in enumerate((update("c-0"), field(1, 1) + field(3, "c-1"), field(3, "c-2"))):
                    await panel.send_to(bytes_data=frame)
                    status = await self.said(panel)
                    self.assertEqual((status["error_code"], status["request_id"]), ("not_permitted", f"c-{number}"))
                    self.assertIn("not change it", status["message"])
            self.assertIn("viktor may not change garden: UPDATE_SETTINGS", logged.output[0])
            await panel.send_to(bytes_data=question())
            self.assertEqual((await self.said(panel))["request_id"], "q-1")
            self.assertEqual(tiny.heard, [question()])

    async def test_changes_are_in_the_log(self) -> None:
        async with self.relay(), self.panel(self.operator) as panel:
            logging.disable(logging.NOTSET)
            with self.assertLogs("perch_control.audit", "INFO") as logged:
                await panel.send_to(bytes_data=question())
                await self.said(panel)
                await panel.send_to(bytes_data=update())
                await self.said(panel)
            self.assertEqual(logged.output, ["INFO:perch_control.audit:olga at garden: UPDATE_SETTINGS brightness=12"])
            self.assertEqual(logged.records[0].perch_settings, {"brightness": 12})  # type: ignore[attr-defined]

    async def test_another_site_s_page_is_refused(self) -> None:
        for origin in ((b"origin", b"http://elsewhere.example"), (b"x-none", b"")):
            async with self.relay() as tiny, self.panel(self.operator, origin=origin):
                self.assertFalse(self.connected)
                self.assertEqual(tiny.paths, [])

    async def test_the_relay_away_is_said_and_it_comes_back_by_itself(self) -> None:
        async with self.relay() as tiny:
            port = tiny.port
        with override_settings(PERCH_RELAY_URL=f"ws://127.0.0.1:{port}"):
            async with self.panel(self.operator) as panel:
                status = await self.said(panel)
                self.assertEqual((status["error_code"], status.get("request_id")), ("relay_away", None))
                self.assertIn("cannot be reached", status["message"])
                await panel.send_to(bytes_data=update("while-away"))
                status = await self.until_said(panel, "while-away")
                self.assertEqual(status["error_code"], "relay_away")
                async with self.relay(port) as tiny:
                    # It asks by itself for what may have changed meanwhile.
                    await tiny.until(lambda: tiny.heard == [frames.status_question()])
                    await self.until_success(panel)
                    await panel.send_to(bytes_data=update("back"))
                    self.assertEqual((await self.until_said(panel, "back"))["success"], 1)
                    self.assertEqual(tiny.heard[1:], [update("back")])

    async def test_commands_before_the_first_connection_wait_for_it(self) -> None:
        async with self.relay() as tiny, self.panel(self.operator) as panel:
            for number in range(20):
                await panel.send_to(bytes_data=update(f"n-{number}"))
            for number in range(20):
                self.assertEqual((await self.said(panel))["request_id"], f"n-{number}")
            self.assertEqual(len(tiny.heard), 20)

    async def test_a_question_the_relay_left_unanswered_gets_an_answer_when_it_goes(self) -> None:
        async with self.relay() as tiny, self.panel(self.operator) as panel:
            tiny.reply = lambda command: None
            await panel.send_to(bytes_data=update("lost"))
            await tiny.until(lambda: len(tiny.heard) == 1)
            await tiny.sockets[0].close(1013, "The relay is being updated")
            status = await self.until_said(panel, "lost")
            self.assertIn("The relay is being updated. Whether this took effect shows", status["message"])

    async def test_a_wrong_token_and_an_unknown_device_are_said(self) -> None:
        async with self.relay(), self.panel(self.operator, device="nobody") as panel:
            self.assertIn('knows no camera "nobody"', (await self.said(panel))["message"])
        with override_settings(PERCH_RELAY_TOKEN="wrong"):
            async with self.relay(), self.panel(self.operator) as panel:
                status = await self.said(panel)
                self.assertIn("does not accept this site", status["message"])
                self.assertNotIn("wrong", status["message"])

    async def test_a_relay_that_fell_silent_is_noticed(self) -> None:
        with mock.patch.object(relay, "PING_INTERVAL", 0.1), mock.patch.object(relay, "PING_TIMEOUT", 0.1):
            async with self.relay() as tiny, self.panel(self.operator) as panel:
                await panel.send_to(bytes_data=question())
                await self.said(panel)
                # As behind a VPN that drops packets: the connection stands, nothing comes through.
                silent = tiny.sockets[0]
                silent.transport.pause_reading()
                await panel.send_to(bytes_data=update("into the void"))
                status = await self.until_said(panel, "into the void")
                self.assertIn("connection to the camera server broke", status["message"])
                await self.until_success(panel)
                silent.transport.abort()

    async def test_a_private_authority(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = f"{folder}/cert.pem", f"{folder}/key.pem"
            make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=relay"
            subprocess.run(
                [*make.split(), "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                check=True,
                capture_output=True,
            )
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate, key)
            async with tiny_relay(tls=tls) as tiny:
                with override_settings(PERCH_RELAY_URL=f"wss://127.0.0.1:{tiny.port}"):
                    async with self.panel(self.operator) as panel:
                        self.assertIn("certificate cannot be trusted", (await self.said(panel))["message"])
                    with override_settings(PERCH_RELAY_CA=f"{folder}/none.pem"):
                        async with self.panel(self.operator) as panel:
                            self.assertIn("PERCH_RELAY_CA names no file", (await self.said(panel))["message"])
                    with override_settings(PERCH_RELAY_CA=certificate):
                        async with self.panel(self.operator) as panel:
                            await panel.send_to(bytes_data=update())
                            self.assertEqual((await self.said(panel))["success"], 1)

    async def test_bad_frames_get_a_sentence_and_go_nowhere(self) -> None:
        async with self.relay() as tiny, self.panel(self.operator) as panel:
            await panel.send_to(text_data="hello")
            self.assertIn("binary frame", (await self.said(panel))["message"])
            await panel.send_to(bytes_data=b"\xff\xff\xff")
            self.assertIn("middle of a number", (await self.said(panel))["message"])
            await panel.send_to(bytes_data=b"\x08" * 10_000_000)
            self.assertEqual((await self.said(panel))["error_code"], "too_large")
            self.assertEqual(await self.closed(panel), 4413)
            self.assertEqual(tiny.heard, [])

    @override_settings(PERCH_COMMANDS_PER_SECOND=0.001, PERCH_COMMANDS_AT_ONCE=5)
    async def test_too_many_commands_are_refused_for_the_user_wherever_they_come_from(self) -> None:
        async with self.relay() as tiny, self.panel(self.operator) as first, self.panel(self.operator) as second:
            for number in range(5):
                await first.send_to(bytes_data=update(f"n-{number}"))
                await self.said(first)
            await second.send_to(bytes_data=update("sixth"))
            status = await self.said(second)
            self.assertEqual((status["error_code"], status["request_id"]), ("too_many", "sixth"))
            self.assertEqual(len(tiny.heard), 5)
            async with self.panel(self.viewer) as other:
                await other.send_to(bytes_data=question())
                self.assertEqual((await self.said(other))["success"], 1)

    @override_settings(PERCH_COMMANDS_PER_SECOND=0.001, PERCH_COMMANDS_AT_ONCE=1)
    async def test_a_flood_ends_the_connection(self) -> None:
        async with self.relay() as tiny, self.panel(self.operator) as panel:
            for _ in range(700):
                await panel.send_to(bytes_data=b"\xff")
            statuses: list[dict] = [await self.said(panel) for _ in range(602)]
            self.assertIn("Far too many", statuses[-1]["message"])
            self.assertEqual(await self.closed(panel), 4429)
            self.assertEqual(tiny.heard, [])

    @override_settings(PERCH_PANELS_PER_USER=1)
    async def test_only_so_many_panels_at_once(self) -> None:
        async with self.relay():
            async with self.panel(self.operator) as first:
                await first.send_to(bytes_data=question())
                await self.said(first)
                async with self.panel(self.operator) as second:
                    self.assertEqual((await self.said(second))["error_code"], "too_many_connections")
                    self.assertEqual(await self.closed(second), 4429)
            async with self.panel(self.operator) as again:
                await again.send_to(bytes_data=question())
                self.assertEqual((await self.said(again))["success"], 1)

    @override_settings(PERCH_RECHECK_SECONDS=0.05)
    async def test_a_logout_or_a_lost_permission_ends_an_open_panel(self) -> None:
        async with self.relay():
            async with self.panel(self.operator) as panel:
                await database_sync_to_async(SessionStore(self.session_key).delete)()
                self.assertEqual((await self.said(panel))["error_code"], "not_logged_in")
                self.assertEqual(await self.closed(panel), 4401)
            async with self.panel(self.viewer) as panel:
                await database_sync_to_async(self.viewer.user_permissions.clear)()
                self.assertEqual((await self.said(panel))["error_code"], "not_permitted")
                self.assertEqual(await self.closed(panel), 4403)
            self.assertEqual(open_panels._open, {})

    @override_settings(PERCH_MAY="tests.test_consumer.only_the_garden")
    async def test_the_site_s_own_rule_decides_for_each_device(self) -> None:
        async with self.relay():
            async with self.panel(self.stranger) as panel:
                await panel.send_to(bytes_data=update())
                self.assertEqual((await self.said(panel))["success"], 1)
            async with self.panel(self.stranger, device="cellar") as panel:
                self.assertEqual((await self.said(panel))["error_code"], "not_permitted")

    async def until_said(self, panel: Any, request_id: str) -> dict:
        """The answer with this id; what is said in between does not matter."""
        while True:
            status = await self.said(panel)
            if status.get("request_id") == request_id:
                return status

    async def until_success(self, panel: Any) -> dict:
        """The next status that says yes."""
        while True:
            status = await self.said(panel)
            if status["success"]:
                return status


def only_the_garden(user: User, device: str, action: str) -> bool:
    """A site's rule."""
    return device == "garden"
