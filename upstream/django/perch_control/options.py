"""The settings of this app, read from the site's settings.py, with their defaults."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings


class Option(NamedTuple):
    """One setting."""

    default: Any
    help: str


OPTIONS: dict[str, Option] = {
    "PERCH_RELAY_URL": Option("", "Address of the relay: ws://127.0.0.1:8001 or wss://cameras.example:8001."),
    "PERCH_RELAY_TOKEN": Option("", "An API token of the relay. It never reaches a browser."),
    "PERCH_RELAY_CA": Option("", "PEM file of a private authority that signed the relay's certificate (wss)."),
    "PERCH_CONTROL_PATH": Option("perch/control/", "Where the panel's WebSocket stands, below the site's root."),
    "PERCH_MAY": Option("", "Dotted path of may(user, device, action) -> bool; action is 'view' or 'change'."),
    "PERCH_QUEUE_CHANGES": Option(False, "Whether settings for a Pi that is away wait for it at the relay."),
    "PERCH_COMMANDS_PER_SECOND": Option(60, "Commands a user may send a second; a dragged slider sends 20."),
    "PERCH_COMMANDS_AT_ONCE": Option(120, "Commands a user may send at once after a pause."),
    "PERCH_PANELS_PER_USER": Option(16, "Open panels of one user at the most, in one process."),
    "PERCH_RECHECK_SECONDS": Option(10, "How often login and permissions of an open panel are looked at again."),
}


def option(name: str) -> Any:
    """The value of a setting, or its default. Read at each use, so that tests can override it."""
    return getattr(settings, name, OPTIONS[name].default)


def control_path() -> str:
    """`PERCH_CONTROL_PATH` without a slash before it and with one behind it, as routes are written."""
    path = str(option("PERCH_CONTROL_PATH")).strip("/")
    return f"{path}/" if path else ""


def relay_problem(url: str) -> str | None:
    """What is wrong with the relay's address, in a sentence; None when nothing is."""
    example = "Write it as ws://127.0.0.1:8001 or wss://cameras.example:8001."
    if not url:
        return f"PERCH_RELAY_URL is not set. {example}"
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (reading it checks it)
    except ValueError as error:
        return f"PERCH_RELAY_URL is {url!r}: {error}. {example}"
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        return f"PERCH_RELAY_URL is {url!r}. {example}"
    if parts.query or parts.fragment or parts.username is not None:
        return f"PERCH_RELAY_URL may have no login, ? or # in it. {example}"
    return None
