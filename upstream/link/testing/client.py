"""A Pi in the shape of the first client: connects, receives one message, parses it, says how it is, and leaves.

usage: client.py GENERATED_FOLDER URL [stay]
Prints each command it got as JSON. With "stay" it goes on receiving instead of leaving after the first.
"""
import asyncio
import json
import sys

import websockets
from google.protobuf import json_format

sys.path.insert(0, sys.argv[1])
import first_protocol_pb2 as protocol  # noqa: E402


brightness = 7


async def receive(websocket):
    global brightness
    command = protocol.ControlCommand()
    command.ParseFromString(await websocket.recv())
    print(json.dumps(json_format.MessageToDict(command, preserving_proto_field_name=True)), flush=True)
    if command.settings.brightness:
        brightness = command.settings.brightness
    await websocket.send(
        protocol.StatusResponse(
            success=True,
            message="Camera is running",
            request_id=command.request_id,
            current_settings=protocol.CameraSettings(cameraName="old", brightness=brightness),
        ).SerializeToString()
    )


async def main():
    async with websockets.connect(sys.argv[2]) as websocket:
        await receive(websocket)
        while sys.argv[3:] == ["stay"]:
            await receive(websocket)


asyncio.run(main())
