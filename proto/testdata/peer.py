"""A peer built from the first protocol file alone: reads one message from stdin, prints it as
JSON with every field, and writes back what it was told to say.

usage: peer.py GENERATED_FOLDER decode MESSAGE      (bytes on stdin, JSON on stdout)
       peer.py GENERATED_FOLDER encode MESSAGE      (JSON on stdin, bytes on stdout)
       peer.py GENERATED_FOLDER pass MESSAGE        (bytes through parse and serialize)
"""
import json
import sys

sys.path.insert(0, sys.argv[1])
import first_protocol_pb2 as protocol  # noqa: E402
from google.protobuf import json_format  # noqa: E402

action, message = sys.argv[2], getattr(protocol, sys.argv[3])()
if action == "encode":
    json_format.Parse(sys.stdin.read(), message)
    sys.stdout.buffer.write(message.SerializeToString())
else:
    message.ParseFromString(sys.stdin.buffer.read())
    if action == "pass":
        sys.stdout.buffer.write(message.SerializeToString())
    else:
        # protobuf 5 renamed the option that prints fields at their default.
        try:
            fields = json_format.MessageToDict(message, including_default_value_fields=True, preserving_proto_field_name=True)
        except TypeError:
            fields = json_format.MessageToDict(message, always_print_fields_with_no_presence=True, preserving_proto_field_name=True)
        print(json.dumps(fields))
