"""A picture for tests, without a camera: H.264 and JPEG on standard output.

Frames: one byte kind (k key, d delta, j jpeg), 8 bytes capture time (us, CLOCK_MONOTONIC), 4 bytes
length, data. Lines on standard input: `key`, `size W H`, `fps N`, `bitrate KBIT`, `pause`, `play`. Ends when
standard input closes.
"""

import struct
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

Gst.init(None)
# Before two streaming threads name them at once (see appliance/camera/worker.py).
LEARNED = (Gst.Buffer, Gst.BufferFlags, Gst.FlowReturn, Gst.Sample, Gst.Segment)
width, height, fps, kbit, profile, jpeg, pattern = sys.argv[1:8]
pipeline = Gst.parse_launch(
    f"videotestsrc name=source is-live=true pattern={pattern} ! video/x-raw,width={width},height={height} ! "
    "videoscale name=scale ! videorate drop-only=true ! "
    f"capsfilter name=caps caps=video/x-raw,format=I420,width={width},height={height},framerate={fps}/1 ! "
    "tee name=t ! queue max-size-buffers=2 leaky=downstream ! "
    f"x264enc name=encoder tune=zerolatency speed-preset=ultrafast bitrate={kbit} key-int-max=1000000 ! "
    f"video/x-h264,profile={profile} ! h264parse config-interval=-1 ! "
    "video/x-h264,stream-format=byte-stream,alignment=au ! appsink name=h264 emit-signals=true sync=false"
    + (
        " t. ! queue max-size-buffers=1 leaky=downstream ! jpegenc ! appsink name=jpeg emit-signals=true sync=false"
        if jpeg == "1"
        else ""
    )
)
out = sys.stdout.buffer
lock = threading.Lock()
paused = False


def on_sample(sink, kind):
    sample = sink.emit("pull-sample")
    if paused:
        return Gst.FlowReturn.OK
    buffer = sample.get_buffer()
    time_us = (buffer.pts - segment_start(sample) + pipeline.get_base_time()) // 1000
    delta = buffer.has_flags(Gst.BufferFlags.DELTA_UNIT)
    data = buffer.extract_dup(0, buffer.get_size())
    mark = b"j" if kind == "jpeg" else (b"d" if delta else b"k")
    with lock:
        out.write(struct.pack(">cQI", mark, time_us, len(data)) + data)
        out.flush()
    return Gst.FlowReturn.OK


def segment_start(sample):
    # x264enc shifts its timestamps by 1000 hours and says so in the segment.
    return sample.get_segment().start


for name in ["h264"] + (["jpeg"] if jpeg == "1" else []):
    pipeline.get_by_name(name).connect("new-sample", on_sample, name)


def on_line(line):
    global width, height, fps, paused
    word, *values = line.split()
    if word == "key":
        structure = Gst.Structure.new_empty("GstForceKeyUnit")
        structure.set_value("all-headers", True)
        pipeline.get_by_name("h264").send_event(Gst.Event.new_custom(Gst.EventType.CUSTOM_UPSTREAM, structure))
    elif word == "bitrate":
        pipeline.get_by_name("encoder").set_property("bitrate", int(values[0]))
    elif word in ("pause", "play"):
        paused = word == "pause"
    else:
        if word == "size":
            width, height = values
        if word == "fps":
            fps = values[0]
        caps = Gst.Caps.from_string(f"video/x-raw,format=I420,width={width},height={height},framerate={fps}/1")
        pipeline.get_by_name("caps").set_property("caps", caps)


def read_lines():
    for line in sys.stdin:
        GLib.idle_add(on_line, line)
    GLib.idle_add(loop.quit)


loop = GLib.MainLoop()
pipeline.use_clock(Gst.SystemClock.obtain())
pipeline.set_state(Gst.State.PLAYING)
threading.Thread(target=read_lines, daemon=True).start()
loop.run()
pipeline.set_state(Gst.State.NULL)
