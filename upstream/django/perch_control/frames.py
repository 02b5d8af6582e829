"""
The little of the protocol that this site has to read and write, on the bytes themselves.

Frames pass through as they came. Only four things are looked at: what a command asks for, its
request_id, the settings in it (for the log), and the request_id of an answer. The numbers are
those of camera_control.proto.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from typing import NamedTuple, Union

UPDATE_SETTINGS = 0
GET_STATUS = 3
GET_SNAPSHOT = 5
COMMAND_NAMES = ("UPDATE_SETTINGS", "START_STREAM", "STOP_STREAM", "GET_STATUS", "RESTART_CAMERA", "GET_SNAPSHOT")
#: What changes nothing.
QUESTIONS = (GET_STATUS, GET_SNAPSHOT)

#: Fields of CameraSettings by number: name, and how its bytes are read.
SETTINGS: dict[int, tuple[str, str]] = {
    1: ("width", "int"),
    2: ("height", "int"),
    3: ("fps", "int"),
    4: ("bitrate", "text"),
    5: ("contrast", "int"),
    6: ("brightness", "int"),
    7: ("saturation", "int"),
    8: ("sharpness", "int"),
    9: ("ai_enabled", "bool"),
    10: ("ai_model", "text"),
    11: ("ai_confidence", "float"),
    12: ("cameraName", "text"),
    13: ("camera_index", "int"),
    14: ("encoding", "text"),
    15: ("quality", "int"),
    16: ("auto_exposure", "bool"),
    17: ("exposure_time", "int"),
}

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

Value = Union[int, bytes]
SettingValue = Union[int, float, bool, str]


class Unreadable(ValueError):
    """The bytes are not a message of the protocol; the text says why."""


class Command(NamedTuple):
    """What a ControlCommand says."""

    kind: int
    request_id: str
    settings: dict[str, SettingValue]
    #: Nothing but a question: no part of the frame can be read as something else by another reader.
    only_asks: bool

    @property
    def name(self) -> str:
        """The command's name in the protocol."""
        return COMMAND_NAMES[self.kind] if 0 <= self.kind < len(COMMAND_NAMES) else f"command {self.kind}"


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that starts at `at`, and where the next thing starts."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise Unreadable("it ends in the middle of a number")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise Unreadable("a number in it is longer than 10 bytes")


def fields(data: bytes) -> Iterator[tuple[int, int, Value]]:
    """
    The fields of a message in their order: number, wire type, value.

    Raises Unreadable when the bytes are not a message, or hold a group (nobody writes those any more).
    """
    at, end = 0, len(data)
    while at < end:
        tag, at = read_varint(data, at)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise Unreadable("a field in it has the number 0")
        if wire == VARINT:
            value, at = read_varint(data, at)
            yield number, wire, value
            continue
        if wire == BYTES:
            size, at = read_varint(data, at)
        elif wire in (FIXED32, FIXED64):
            size = 4 if wire == FIXED32 else 8
        else:
            raise Unreadable(f"a field in it has the wire type {wire}")
        if at + size > end:
            raise Unreadable("it ends in the middle of a field")
        yield number, wire, data[at : at + size]
        at += size


def signed32(value: int) -> int:
    """An int32 as protobuf cuts it out of a varint."""
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value >= 1 << 31 else value


def read_command(frame: bytes) -> Command:
    """
    Reads a ControlCommand as protobuf does: of a field said twice the last one counts.

    `only_asks` is stricter, because it decides about permission: the command is said, each time it
    is said it is exactly one of QUESTIONS, and there is nothing else but settings and a request_id.
    Raises Unreadable.
    """
    kind = UPDATE_SETTINGS
    request_id = ""
    settings: dict[str, SettingValue] = {}
    said, strict = False, True
    for number, wire, value in fields(frame):
        if number == 1 and wire == VARINT and isinstance(value, int):
            kind = signed32(value)
            said = True
            strict = strict and value in QUESTIONS
        elif number == 2 and wire == BYTES and isinstance(value, bytes):
            settings.update(read_settings(value))
        elif number == 3 and wire == BYTES and isinstance(value, bytes):
            request_id = text(value)
        else:
            strict = False
    return Command(kind, request_id, settings, said and strict)


def read_settings(data: bytes) -> dict[str, SettingValue]:
    """The known fields of a CameraSettings. Raises Unreadable."""
    found: dict[str, SettingValue] = {}
    for number, wire, value in fields(data):
        name, kind = SETTINGS.get(number, ("", ""))
        if isinstance(value, int):
            if kind == "int":
                found[name] = signed32(value)
            elif kind == "bool":
                found[name] = value != 0
        elif kind == "text" and wire == BYTES:
            found[name] = text(value)
        elif kind == "float" and wire == FIXED32:
            found[name] = round(struct.unpack("<f", value)[0], 6)
    return found


def text(value: bytes) -> str:
    """A string field. Raises Unreadable."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Unreadable("a text in it is not UTF-8") from None


def answered(frame: bytes) -> str:
    """The request_id that a StatusResponse answers; empty for a push, and for what is no StatusResponse."""
    found = ""
    try:
        for number, wire, value in fields(frame):
            if number == 4 and wire == BYTES and isinstance(value, bytes):
                found = text(value)
    except Unreadable:
        return ""
    return found


def varint(value: int) -> bytes:
    """A number from 0 upwards as protobuf writes it."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, value: int | str) -> bytes:
    """One field of a message."""
    if isinstance(value, str):
        data = value.encode()
        return varint(number << 3 | BYTES) + varint(len(data)) + data
    return varint(number << 3 | VARINT) + varint(value)


def refusal(code: str, sentence: str, request_id: str = "", now_ms: int | None = None) -> bytes:
    """A StatusResponse that says no: to a request, or, without its id, to whoever looks."""
    return b"".join(
        (
            field(1, 0),
            field(2, sentence),
            field(4, request_id) if request_id else b"",
            field(5, int(time.time() * 1000) if now_ms is None else now_ms),
            field(26, code),
        )
    )


def status_question() -> bytes:
    """A ControlCommand GET_STATUS without an id: its answer looks like a push to whoever gets it."""
    return field(1, GET_STATUS)
