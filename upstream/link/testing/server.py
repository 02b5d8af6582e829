"""A central server in the shape of the first one: sends settings to whoever connects, then listens.
Nothing of ours: Debian's websockets and the protocol as it was first written.

usage: server.py GENERATED_FOLDER [PORT]
Prints its port, then each status it got as one line of JSON. Each line on stdin is a command as JSON.
"""
import asyncio
import json
import sys

import websockets
from google.protobuf import json_format

sys.path.insert(0, sys.argv[1])
import first_protocol_pb2 as protocol  # noqa: E402

connected = set()


async def handler(websocket, path=None):
    connected.add(websocket)
    try:
        await websocket.send(
            protocol.ControlCommand(
                command=protocol.ControlCommand.UPDATE_SETTINGS,
                settings=protocol.CameraSettings(brightness=42),
                request_id="hello",
            ).SerializeToString()
        )
        async for message in websocket:
            status = protocol.StatusResponse()
            status.ParseFromString(message)
            print(json.dumps(json_format.MessageToDict(status, preserving_proto_field_name=True)), flush=True)
    except websockets.ConnectionClosed:
        pass
    finally:
        connected.discard(websocket)


async def main():
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with websockets.serve(handler, "127.0.0.1", int(*sys.argv[2:])) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        while line := await reader.readline():
            command = json_format.Parse(line, protocol.ControlCommand())
            for websocket in list(connected):
                await websocket.send(command.SerializeToString())


asyncio.run(main())
