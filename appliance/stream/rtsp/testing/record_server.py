"""An RTSP server for tests: takes what is published, decodes it, says what it saw.

One JSON object a line on standard output. The first names the port. `frame` lines give the
size of each decoded picture, its mean brightness and, where the publisher's reports told it,
its wall-clock time in milliseconds since 1970. Ends when standard input closes.
"""

import argparse
import json
import os
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

NTP_TO_UNIX_MS = 2208988800 * 1000


def say(**what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def watch(_factory, media):
    """Follows one publication from its first picture to its end."""
    state = {"codec": "", "wall": None}
    element = media.get_element()
    sink = element.get_by_name("sink")
    depay = element.get_by_name("depay0")

    def on_sample(appsink):
        sample = appsink.emit("pull-sample")
        shape = sample.get_caps().get_structure(0)
        buffer = sample.get_buffer()
        width, height = shape.get_value("width"), shape.get_value("height")
        data = buffer.extract_dup(0, width * height)
        step = max(1, len(data) // 1000)
        picked = data[::step]
        say(
            event="frame",
            codec=state["codec"],
            width=width,
            height=height,
            light=round(sum(picked) / max(1, len(picked)), 1),
            pts=buffer.pts / 1e6,
            wall=state["wall"],
        )
        return Gst.FlowReturn.OK

    sink.connect("new-sample", on_sample)

    def on_packet(_pad, info):
        buffer = info.get_buffer()
        if buffer is not None:
            meta = buffer.get_reference_timestamp_meta(Gst.Caps.from_string("timestamp/x-ntp"))
            if meta is not None:
                state["wall"] = meta.timestamp / 1e6 - NTP_TO_UNIX_MS
        return Gst.PadProbeReturn.OK

    def on_caps(_pad, info):
        event = info.get_event()
        if event.type == Gst.EventType.CAPS:
            state["codec"] = event.parse_caps().get_structure(0).get_string("encoding-name")
        return Gst.PadProbeReturn.OK

    pad = depay.get_static_pad("sink")
    pad.add_probe(Gst.PadProbeType.BUFFER, on_packet)
    pad.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, on_caps)

    def on_new_jitterbuffer(_rtpbin, jitterbuffer, *_):
        jitterbuffer.set_property("add-reference-timestamp-meta", True)

    def on_prepared(_media):
        bus_element = element
        while bus_element.get_parent() is not None:
            bus_element = bus_element.get_parent()
        iterator = bus_element.iterate_all_by_element_factory_name("rtpbin")
        result, rtpbin = iterator.next()
        if result == Gst.IteratorResult.OK:
            rtpbin.connect("new-jitterbuffer", on_new_jitterbuffer)
        bus = bus_element.get_bus()
        bus.enable_sync_message_emission()

        def on_message(_bus, message):
            if message.type == Gst.MessageType.ERROR:
                error, _ = message.parse_error()
                say(event="error", message=str(error.message))
            elif message.type == Gst.MessageType.WARNING:
                error, _ = message.parse_warning()
                say(event="warning", message=str(error.message))

        bus.connect("sync-message", on_message)

    media.connect("prepared", on_prepared)
    media.connect("unprepared", lambda _media: say(event="ended"))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", default="0")
    options.add_argument("--user")
    options.add_argument("--password")
    options.add_argument("--login", choices=["basic", "digest"], default="digest")
    options.add_argument("--cert", help="PEM file of certificate and key: serves rtsps")
    options = options.parse_args()

    Gst.init(None)
    # Before two streaming threads name them at once (see appliance/camera/worker.py).
    _ = (Gst.Buffer, Gst.Caps, Gst.Event, Gst.EventType, Gst.FlowReturn, Gst.PadProbeInfo, Gst.PadProbeReturn)
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service(options.port)

    factory = GstRtspServer.RTSPMediaFactory.new()
    factory.set_transport_mode(GstRtspServer.RTSPTransportMode.RECORD)
    factory.set_launch(
        "( decodebin name=depay0 ! videoconvert ! video/x-raw,format=GRAY8 "
        "! appsink name=sink emit-signals=true sync=false async=false )"
    )
    factory.set_latency(0)
    factory.connect("media-configure", watch)

    if options.user or options.cert:
        auth = GstRtspServer.RTSPAuth.new()
        if options.cert:
            with open(options.cert, encoding="ascii") as pem:
                auth.set_tls_certificate(Gio.TlsCertificate.new_from_pem(pem.read(), -1))
        token = GstRtspServer.RTSPToken.new()
        token.set_string("media.factory.role", "publisher")
        if not options.user:
            auth.set_default_token(token)
        elif options.login == "basic":
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
            basic = GstRtspServer.RTSPAuth.make_basic(options.user, options.password)
            auth.add_basic(basic, token)
        else:
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
            auth.add_digest(options.user, options.password, token)
        server.set_auth(auth)
        permissions = GstRtspServer.RTSPPermissions.new()
        permissions.add_permission_for_role("publisher", "media.factory.access", True)
        permissions.add_permission_for_role("publisher", "media.factory.construct", True)
        factory.set_permissions(permissions)

    server.get_mount_points().add_factory("/cam", factory)
    server.connect("client-connected", on_client)
    if server.attach(None) == 0:
        sys.exit("the port is taken")
    say(event="listening", port=server.get_bound_port())

    loop = GLib.MainLoop()

    def until_input_closes():
        while os.read(0, 4096):
            pass
        GLib.idle_add(loop.quit)

    threading.Thread(target=until_input_closes, daemon=True).start()
    loop.run()


def on_client(_server, client):
    say(event="connected")
    client.connect("announce-request", lambda *_: say(event="announce"))
    client.connect("record-request", lambda *_: say(event="record"))
    client.connect("teardown-request", lambda *_: say(event="teardown"))
    client.connect("closed", lambda *_: say(event="disconnected"))


main()
