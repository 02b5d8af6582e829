"""What is read from frames and written into them, held against Google's own protobuf."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from perch_control import frames
from perch_control.frames import field, varint

PROTO = Path(__file__).resolve().parents[3] / "proto"


def google_messages() -> Any:
    """camera_control.proto as protoc generates it for Python."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["protoc", f"--python_out={folder}", f"--proto_path={PROTO}", "camera_control.proto"], check=True
        )
        spec = importlib.util.spec_from_file_location("camera_control_pb2", f"{folder}/camera_control_pb2.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module


EVERYTHING = {
    "width": 1920,
    "height": 1080,
    "fps": 0,
    "bitrate": "2M",
    "contrast": -7,
    "brightness": -100,
    "saturation": 0,
    "sharpness": 100,
    "ai_enabled": False,
    "ai_model": "",
    "ai_confidence": 0.25,
    "cameraName": "Tür 1",
    "camera_index": 3,
    "encoding": "h265",
    "quality": 80,
    "auto_exposure": True,
    "exposure_time": 10000,
}


class AgainstProtobuf(unittest.TestCase):
    """The same bytes mean the same to both."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.pb = google_messages()

    def test_every_setting_is_read_zeros_included(self) -> None:
        message = self.pb.ControlCommand(command=0, request_id="a-1", settings=self.pb.CameraSettings(**EVERYTHING))
        command = frames.read_command(message.SerializeToString())
        self.assertEqual(command.settings, EVERYTHING)
        self.assertEqual((command.kind, command.request_id, command.only_asks), (0, "a-1", False))

    def test_the_names_and_numbers_of_settings_are_the_protocol_s(self) -> None:
        theirs = {number: f.name for number, f in self.pb.CameraSettings.DESCRIPTOR.fields_by_number.items()}
        self.assertEqual(theirs, {number: name for number, (name, _) in frames.SETTINGS.items()})
        kinds = self.pb.ControlCommand.CommandType.items()
        self.assertEqual(dict(kinds), {name: number for number, name in enumerate(frames.COMMAND_NAMES)})

    def test_a_refusal_is_a_status_response(self) -> None:
        status = self.pb.StatusResponse.FromString(frames.refusal("relay_away", "Größe.", "r" * 300, 1_700_000_000_000))
        self.assertEqual(
            (status.success, status.message, status.request_id, status.timestamp, status.error_code),
            (False, "Größe.", "r" * 300, 1_700_000_000_000, "relay_away"),
        )
        self.assertTrue(status.HasField("success"))

    def test_the_answered_id_is_found_among_everything_else(self) -> None:
        status = self.pb.StatusResponse(
            success=True, message="x" * 5000, request_id="b-7", timestamp=-1, applied_time_us=1.5, sizes=["640x480"]
        )
        self.assertEqual(frames.answered(status.SerializeToString()), "b-7")
        status.ClearField("request_id")
        self.assertEqual(frames.answered(status.SerializeToString()), "")

    def test_random_bytes_never_break_it_and_never_fool_it(self) -> None:
        """Where ours calls a frame a mere question, protobuf must read a question too."""
        chance = random.Random(20)
        seeds = [
            self.pb.ControlCommand(command=kind, request_id="id", settings=self.pb.CameraSettings(brightness=1))
            for kind in range(6)
        ]
        asked = 0
        for _ in range(30_000):
            data = bytearray(b"".join(chance.choice(seeds).SerializeToString() for _ in range(chance.randint(1, 2))))
            for _ in range(chance.randint(0, 3)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            frame = bytes(data[: chance.randint(0, len(data))])
            try:
                command = frames.read_command(frame)
            except frames.Unreadable:
                continue
            frames.answered(frame)
            if command.only_asks:
                asked += 1
                self.assertIn(self.pb.ControlCommand.FromString(frame).command, frames.QUESTIONS, frame.hex())
        self.assertGreater(asked, 100)


class OnlyAsks(unittest.TestCase):
    """What a viewer may send."""

    def test_questions(self) -> None:
        camera = varint(2 << 3 | 2) + varint(4) + field(12, "ab")
        for frame in (
            field(1, 3),
            field(1, 5),
            field(1, 3) + camera + field(3, "id"),
            field(3, "id") + field(1, 3) + field(1, 3),
        ):
            self.assertTrue(frames.read_command(frame).only_asks, frame.hex())

    def test_what_another_reader_could_take_for_a_change(self) -> None:
        for name, frame in {
            "nothing said means UPDATE_SETTINGS": b"",
            "an update": field(1, 0),
            "the last one counts": field(1, 3) + field(1, 0),
            "the first one could count": field(1, 0) + field(1, 3),
            "three, cut to 32 bits": field(1, (1 << 32) + 3),
            "a command of the wrong type": field(1, 3) + varint(1 << 3 | 5) + b"\0\0\0\0",
            "a field this version does not know": field(1, 3) + field(16, 1),
            "settings of the wrong type": field(1, 3) + field(2, 0),
        }.items():
            self.assertFalse(frames.read_command(frame).only_asks, name)

    def test_a_long_way_of_writing_the_tag_is_seen_through(self) -> None:
        self.assertFalse(frames.read_command(field(1, 3) + b"\x88\x00\x00").only_asks)


class Unreadable(unittest.TestCase):
    """Bytes that are no message."""

    def test_each_says_why(self) -> None:
        for frame, why in (
            (b"\x08", "middle of a number"),
            (b"\x08" + b"\xff" * 11, "longer than 10 bytes"),
            (b"\x1a\x05ab", "middle of a field"),
            (b"\x1a\xff\xff\xff\xff\x7f", "middle of a field"),
            (b"\x00\x00", "number 0"),
            (b"\x0b", "wire type 3"),
            (b"\x1a\x01\xff", "not UTF-8"),
        ):
            with self.assertRaisesRegex(frames.Unreadable, why):
                frames.read_command(frame)
            self.assertEqual(frames.answered(frame), "")
