"""A Pi in the shape of the first client: connects, receives one message, parses it, says how it is, and leaves.

usage: client.py GENERATED_FOLDER URL
Prints the command it got as JSON.
"""
import asyncio
import json
import sys

import websockets
from google.protobuf import json_format

sys.path.insert(0, sys.argv[1])
import first_protocol_pb2 as protocol  # noqa: E402


async def main():
    async with websockets.connect(sys.argv[2]) as websocket:
        command = protocol.ControlCommand()
        command.ParseFromString(await websocket.recv())
        print(json.dumps(json_format.MessageToDict(command, preserving_proto_field_name=True)), flush=True)
        await websocket.send(
            protocol.StatusResponse(
                success=True,
                message="Camera is running",
                request_id=command.request_id,
                current_settings=protocol.CameraSettings(cameraName="old", brightness=7),
            ).SerializeToString()
        )


asyncio.run(main())
