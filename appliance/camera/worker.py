#!/usr/bin/python3
"""One GStreamer pipeline in a process of its own. It knows no policy: what to build and what to
change arrives as JSON lines on standard input; what happens and what was encoded leaves as frames
on standard output. It ends when standard input closes, however its parent ended.

In, one JSON object a line, each with an "id" that its answer carries:
  {"op": "start", "launch": TEXT, "set": {ELEMENT: {PROPERTY: TEXT}}, "steps": [STEP...],
   "outputs": {ELEMENT: STREAM}, "loop": ELEMENT?, "stamp": ELEMENT?}
  {"op": "change", "change": N, "steps": [STEP...], "confirm": [ELEMENT...], "skip": FRAMES?}
  {"op": "key", "elements": [ELEMENT...]}
  {"op": "inspect", "elements": [FACTORY...], "properties": [FACTORY...]}  answered with those that exist, and with
   the names of the properties of the latter
  {"op": "look", "launch": TEXT, "set": {ELEMENT: {PROPERTY: TEXT}}, "at": ELEMENT, "ms": MOST}  answered with the
   caps of the first picture that comes to that element; nothing plays on
A step is one of
  {"set": {ELEMENT: {PROPERTY: TEXT}}}         properties, while pictures flow
  {"replace": ELEMENT, "with": TEXT}           another element, or several, in its place and under its name
  {"attach": TEE, "name": NAME, "branch": TEXT, "outputs": {ELEMENT: STREAM}}
  {"detach": NAME, "from": TEE}
Out, each frame a 4 byte big-endian length of what follows it, then a type byte:
  J  a JSON event
  A  an access unit: stream (1 byte), flags (1 byte, 1 = key), the newest change it shows (4 bytes), its
     time in ns on CLOCK_MONOTONIC (8 bytes, signed), then the bytes of the picture
"""

import ctypes
import json
import os
import signal
import struct
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, GObject, Gst  # noqa: E402

HEAD = struct.Struct(">IcBBIq")
# As gst_video_event_new_upstream_force_key_unit makes it; loading GstVideo for this alone costs a megabyte.
KEY_WISH = f"GstForceKeyUnit, running-time=(guint64){Gst.CLOCK_TIME_NONE}, all-headers=(boolean)true, count=(uint)0"
# What streaming threads use. PyGObject learns a type when it is first named; two threads that do so at once leave it half
# learned for good, and every picture fails from then on ("'Buffer' object has no attribute 'pts'"): so they are named here.
LEARNED = (
    Gst.Buffer,
    Gst.BufferFlags,
    Gst.Caps,
    Gst.Event,
    Gst.EventType,
    Gst.Format,
    Gst.Memory,
    Gst.Pad,
    Gst.PadProbeInfo,
    Gst.PadProbeReturn,
    Gst.PadProbeType,
    Gst.Segment,
    Gst.Structure,
)
# When memory that nobody uses any more is given back, in ms after something was built or taken away: not while
# pictures wait.
TIDY_MS = 1500


class Pipe:
    """Frames to the parent. Several streaming threads write: one frame at a time."""

    def __init__(self, fd):
        self.fd = fd
        self.lock = threading.Lock()

    def write(self, head, body):
        with self.lock:
            try:
                parts = [memoryview(head), memoryview(body)]
                while parts:
                    sent = os.writev(self.fd, parts)
                    while parts and sent >= len(parts[0]):
                        sent -= len(parts.pop(0))
                    if parts:
                        parts[0] = parts[0][sent:]
            except OSError:
                os._exit(0)  # Nobody reads any more.

    def event(self, **fields):
        body = json.dumps(fields).encode()
        self.write(struct.pack(">Ic", len(body) + 1, b"J"), body)

    def unit(self, stream, key, change, time_ns, body):
        self.write(HEAD.pack(len(body) + HEAD.size - 4, b"A", stream, key, change, time_ns), body)


class Worker:
    def __init__(self, pipe):
        self.pipe = pipe
        self.pipeline = None
        self.base = 0
        self.shown = [(0, -(1 << 62))]  # (change, running time from which pictures show it), in order
        self.waiting = {}  # change -> elements that have not seen a picture since
        self.times = {}  # change -> latest running time seen by its elements
        self.lock = threading.Lock()
        self.loop_element = None
        self.playing = False
        self.tidying = False
        self.libc = ctypes.CDLL(None)

    # ---- orders ------------------------------------------------------------------------------

    def order(self, line):
        message = json.loads(line)
        try:
            getattr(self, "do_" + message["op"])(message)
        except Exception as error:  # noqa: BLE001 - every failure is the parent's to judge
            self.pipe.event(event="failed", id=message.get("id"), message=str(error))

    def do_start(self, message):
        self.pipeline = Gst.parse_launch(message["launch"])
        if not isinstance(self.pipeline, Gst.Pipeline):
            raise RuntimeError("the pipeline has only one element")
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message", self.bus_message)
        self.step_set(message.get("set", {}))
        self.connect_outputs(message.get("outputs", {}))
        if message.get("stamp"):
            self.add_stamp(self.find(message["stamp"]))
        self.run(message, lambda: self.start_looped(message) if message.get("loop") else self.start_once(message))

    def start_once(self, message):
        self.play()
        self.pipe.event(event="done", id=message["id"])

    def play(self):
        self.playing = True
        if self.pipeline.set_state(Gst.State.PLAYING) == Gst.StateChangeReturn.FAILURE:
            self.bus_drain()
        self.base = self.pipeline.get_base_time()

    def start_looped(self, message):
        """Plays the file in segments, so that its end flows into its beginning without a flush."""
        self.loop_element = self.find(message["loop"])
        pad = self.loop_element.get_static_pad("sink")

        def first(_pad, _info):
            GLib.idle_add(begin)
            return Gst.PadProbeReturn.OK  # Stays blocked until the probe goes.

        def begin():
            self.seek(Gst.SeekFlags.FLUSH | Gst.SeekFlags.SEGMENT)
            pad.remove_probe(probe)
            self.play()
            self.pipe.event(event="done", id=message["id"])
            return False

        probe = pad.add_probe(Gst.PadProbeType.BLOCK | Gst.PadProbeType.BUFFER, first)
        if self.pipeline.set_state(Gst.State.PAUSED) == Gst.StateChangeReturn.FAILURE:
            self.bus_drain()

    def seek(self, flags):
        event = Gst.Event.new_seek(1.0, Gst.Format.TIME, flags, Gst.SeekType.SET, 0, Gst.SeekType.NONE, 0)
        return self.loop_element.get_static_pad("sink").push_event(event)

    def do_change(self, message):
        def finish():
            self.watch(message["change"], message["confirm"], message.get("skip", 0))
            self.pipe.event(event="done", id=message["id"])

        self.run(message, finish)

    def tidy(self):
        """The C library keeps what was freed: after h265 that is 25 MB for ever."""
        if not self.tidying:
            self.tidying = True
            GLib.timeout_add(TIDY_MS, self.give_back)

    def give_back(self):
        self.tidying = False
        self.libc.malloc_trim(0)
        return False

    def run(self, message, finish):
        """Takes the steps in order; one that must wait for a picture to pass goes on from there."""
        steps = list(message.get("steps", []))
        if any("set" not in step for step in steps):
            self.tidy()

        def go():
            while steps:
                step = steps.pop(0)
                if "set" in step:
                    self.step_set(step["set"])
                elif "replace" in step:
                    if not self.step_replace(step["replace"], step["with"], resume):
                        return
                elif "attach" in step:
                    self.step_attach(step)
                elif "detach" in step:
                    self.step_detach(step["detach"], step["from"], resume)
                    return
            finish()

        def again():
            try:
                go()
            except Exception as error:  # noqa: BLE001 - every failure is the parent's to judge
                self.pipe.event(event="failed", id=message["id"], message=str(error))
            return False

        def resume():
            GLib.idle_add(again, priority=GLib.PRIORITY_HIGH)

        go()

    def do_key(self, message):
        for name in message["elements"]:
            element = self.pipeline.get_by_name(name) if self.pipeline else None
            if element is not None:
                wish = Gst.Structure.new_from_string(KEY_WISH)
                element.get_static_pad("src").send_event(Gst.Event.new_custom(Gst.EventType.CUSTOM_UPSTREAM, wish))

    def do_inspect(self, message):
        found = {}
        for name in message["elements"]:
            if Gst.ElementFactory.find(name) is not None:
                # Making one loads its libraries: only where the properties are asked for.
                element = Gst.ElementFactory.make(name, None) if name in message["properties"] else None
                found[name] = [] if element is None else [spec.name for spec in element.list_properties()]
        self.pipe.event(event="done", id=message["id"], elements=found)

    def do_look(self, message):
        self.pipeline = Gst.parse_launch(message["launch"])
        try:
            self.step_set(message["set"])
            self.pipeline.set_state(Gst.State.PAUSED)
            ends = Gst.MessageType.ASYNC_DONE | Gst.MessageType.ERROR | Gst.MessageType.EOS
            self.pipeline.get_bus().timed_pop_filtered(message["ms"] * Gst.MSECOND, ends)
            caps = self.find(message["at"]).get_static_pad("sink").get_current_caps()
            self.pipe.event(event="done", id=message["id"], caps=caps.to_string() if caps else "")
        finally:
            self.pipeline.set_state(Gst.State.NULL)
            self.pipeline = None

    # ---- steps -------------------------------------------------------------------------------

    def find(self, name):
        element = self.pipeline.get_by_name(name) if self.pipeline else None
        if element is None:
            raise RuntimeError("there is no element " + name)
        return element

    def step_set(self, elements):
        for name, properties in elements.items():
            element = self.find(name)
            for key, text in properties.items():
                if element.find_property(key) is None:
                    raise RuntimeError(name + " has no property " + key)
                if element.find_property(key).value_type == GObject.TYPE_STRING:
                    element.set_property(key, text)  # As it is: a path may hold what needs quoting elsewhere.
                else:
                    Gst.util_set_object_arg(element, key, text)

    def step_replace(self, name, text, done):
        """True when it is done already; else `done` is called once the picture under way has passed."""
        old = self.find(name)
        new = self.parse(text, name)
        parent = old.get_parent()
        before = old.get_static_pad("sink").get_peer()
        after = old.get_static_pad("src").get_peer()
        if self.playing:
            new.set_state(Gst.State.READY)  # What can be opened is opened before the pictures wait.
        main_thread = threading.get_ident()
        once = []

        def first(sink, _info):
            """A pad that is idle because an event has just passed takes that one for delivered, though another element is there
            by then: what the new one did not get is given before its first picture."""
            for kind in (Gst.EventType.STREAM_START, Gst.EventType.CAPS, Gst.EventType.SEGMENT):
                event = before.get_sticky_event(kind, 0)
                if event is not None and sink.get_sticky_event(kind, 0) is None:
                    sink.send_event(event)
            return Gst.PadProbeReturn.REMOVE

        def idle(_pad, _info):
            if once:
                return Gst.PadProbeReturn.REMOVE
            once.append(threading.get_ident() == main_thread)
            new.get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, first)
            before.unlink(old.get_static_pad("sink"))
            old.get_static_pad("src").unlink(after)
            parent.remove(old)
            parent.add(new)
            # Awake before it is linked: another thread that asks it about formats meanwhile would be refused.
            fits = (
                (not self.playing or new.sync_state_with_parent())
                and new.get_static_pad("src").link(after) == Gst.PadLinkReturn.OK
                and before.link(new.get_static_pad("sink")) == Gst.PadLinkReturn.OK
            )
            old.set_state(Gst.State.NULL)
            self.absorb(old)
            if not fits:
                self.pipe.event(
                    event="error", element=name, message="could not be put in place", debug="", domain="", code=0
                )
            if not once[0]:
                done()
            return Gst.PadProbeReturn.REMOVE

        before.add_probe(Gst.PadProbeType.IDLE, idle)
        return bool(once) and once[0]

    def parse(self, text, name):
        """What the text says as one element of that name with one pad on either side."""
        if "!" in text:
            element = Gst.parse_bin_from_description(text, True)
        else:
            element = Gst.parse_launch(text)
        element.set_name(name)
        return element

    def step_attach(self, step):
        tee = self.find(step["attach"])
        branch = Gst.parse_bin_from_description(step["branch"], True)
        branch.set_name(step["name"])
        self.pipeline.add(branch)
        self.connect_outputs(step.get("outputs", {}))
        branch.sync_state_with_parent()
        pad = tee.request_pad_simple("src_%u")
        if pad.link(branch.get_static_pad("sink")) != Gst.PadLinkReturn.OK:
            raise RuntimeError(step["name"] + " cannot be attached")

    def step_detach(self, name, tee_name, done):
        branch = self.find(name)
        tee = self.find(tee_name)
        sink = branch.get_static_pad("sink")
        pad = sink.get_peer()
        once = []

        def remove():
            # Out of the streaming threads: one of them is the branch's own.
            tee.release_request_pad(pad)
            self.absorb(branch)
            branch.set_state(Gst.State.NULL)
            self.pipeline.remove(branch)
            done()
            return False

        def idle(_pad, _info):
            if not once:
                once.append(True)
                pad.unlink(sink)
                GLib.idle_add(remove, priority=GLib.PRIORITY_HIGH)
            return Gst.PadProbeReturn.REMOVE

        pad.add_probe(Gst.PadProbeType.IDLE, idle)

    # ---- the first picture that shows a change -------------------------------------------------

    def watch(self, change, names, skip):
        """Waits for the first picture that enters each named element from now on."""
        with self.lock:
            self.waiting[change] = set(names)
            self.times[change] = self.shown[-1][1]
        for name in names:
            element = self.find(name)
            wanted = None
            pad = element.get_static_pad("sink")
            if element.get_factory().get_name() == "capsfilter":
                # A picture of the old caps may still be on its way in: the first of the new ones counts.
                wanted = element.get_property("caps")
                pad = element.get_static_pad("src")
            elif pad is None:
                pad = element.get_static_pad("src")
            self.watch_pad(change, name, pad, wanted, skip)
        self.settle()

    def absorb(self, element):
        """Changes that wait for an element which goes are shown by the one that takes it away."""
        gone = {element.get_name()}
        if isinstance(element, Gst.Bin):
            gone.update(child.get_name() for child in element.children)
        with self.lock:
            for change in [change for change, names in self.waiting.items() if names & gone]:
                del self.waiting[change]
                del self.times[change]

    def watch_pad(self, change, name, pad, wanted, skip):
        left = [skip]

        def probe(pad, info):
            if wanted is not None:
                caps = pad.get_current_caps()
                if caps is None or not caps.can_intersect(wanted):
                    return Gst.PadProbeReturn.OK
            if left[0] > 0:
                left[0] -= 1
                return Gst.PadProbeReturn.OK
            running = running_time(pad, info.get_buffer().pts)
            with self.lock:
                if change in self.waiting:
                    self.waiting[change].discard(name)
                    self.times[change] = max(self.times[change], running)
            self.settle()
            return Gst.PadProbeReturn.REMOVE

        pad.add_probe(Gst.PadProbeType.BUFFER, probe)

    def settle(self):
        """A change counts as shown when it and every one before it are."""
        with self.lock:
            for change in sorted(self.waiting):
                if self.waiting[change]:
                    break
                time = max(self.times.pop(change), self.shown[-1][1])
                del self.waiting[change]
                self.shown.append((change, time))
                del self.shown[:-64]

    # ---- what is encoded -----------------------------------------------------------------------

    def connect_outputs(self, outputs):
        for name, stream in outputs.items():
            pad = self.find(name).get_static_pad("sink")
            pad.add_probe(Gst.PadProbeType.BUFFER, self.encoded, stream)
            pad.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, self.output_event, stream)

    def encoded(self, pad, info, stream):
        buffer = info.get_buffer()
        running = running_time(pad, buffer.pts)
        change = 0
        for candidate, time in reversed(self.shown):
            if running >= time:
                change = candidate
                break
        key = 0 if buffer.has_flags(Gst.BufferFlags.DELTA_UNIT) else 1
        time_ns = self.base + running
        self.pipe.unit(stream, key, change, time_ns, buffer.extract_dup(0, buffer.get_size()))
        return Gst.PadProbeReturn.OK

    def output_event(self, _pad, info, stream):
        event = info.get_event()
        if event.type == Gst.EventType.CAPS:
            self.pipe.event(event="caps", stream=stream, caps=event.parse_caps().to_string())
        return Gst.PadProbeReturn.OK

    # ---- what the pipeline says ----------------------------------------------------------------

    def bus_drain(self):
        bus = self.pipeline.get_bus()
        while True:
            message = bus.pop_filtered(Gst.MessageType.ERROR)
            if message is None:
                return
            self.bus_message(bus, message)

    def bus_message(self, _bus, message):
        kind = message.type
        if kind == Gst.MessageType.ERROR:
            error, debug = message.parse_error()
            self.pipe.event(
                event="error", element=message.src.get_name(), message=error.message, debug=debug or "",
                domain=GLib.quark_to_string(error.domain) if isinstance(error.domain, int) else str(error.domain),
                code=error.code,
            )
        elif kind == Gst.MessageType.EOS:
            self.pipe.event(event="eos")
        elif kind == Gst.MessageType.SEGMENT_DONE and self.loop_element is not None:
            if not self.seek(Gst.SeekFlags.SEGMENT):
                self.pipe.event(event="eos")

    # ---- a machine-readable time in the picture, for measurements --------------------------------

    def add_stamp(self, element):
        element.get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, Stamp(self).draw)


class MapInfo(ctypes.Structure):
    """GstMapInfo."""

    _fields_ = [
        ("memory", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("data", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("maxsize", ctypes.c_size_t),
        ("rest", ctypes.c_void_p * 8),
    ]


class Stamp:
    """Writes each picture's time (CLOCK_MONOTONIC, ms, 32 bits) along its top edge: a row of 36 squares,
    white, black, the bits from the highest to the lowest (white is 1), white, black. For planar and
    semi-planar YUV, whose brightness comes first."""

    SQUARES = 36

    def __init__(self, worker):
        self.worker = worker
        self.gst = ctypes.CDLL("libgstreamer-1.0.so.0")
        self.gst.gst_memory_map.argtypes = [ctypes.c_void_p, ctypes.POINTER(MapInfo), ctypes.c_int]
        self.gst.gst_memory_unmap.argtypes = [ctypes.c_void_p, ctypes.POINTER(MapInfo)]

    def draw(self, pad, info):
        buffer = info.get_buffer()
        width = pad.get_current_caps().get_structure(0).get_int("width").value
        ms = (self.worker.base + running_time(pad, buffer.pts)) // 1_000_000 & 0xFFFFFFFF
        bits = "10" + format(ms, "032b") + "10"
        side = width // self.SQUARES
        row = b"".join((b"\xeb" if bit == "1" else b"\x10") * side for bit in bits)
        stride = (width + 3) & ~3
        memory = ctypes.c_void_p(hash(buffer.peek_memory(0)))
        mapped = MapInfo()
        if self.gst.gst_memory_map(memory, ctypes.byref(mapped), 2):
            for y in range(side):
                ctypes.memmove(mapped.data + y * stride, row, len(row))
            self.gst.gst_memory_unmap(memory, ctypes.byref(mapped))
        return Gst.PadProbeReturn.OK


def running_time(pad, pts):
    """Nanoseconds since the pipeline played, of a picture at this pad."""
    event = pad.get_sticky_event(Gst.EventType.SEGMENT, 0)
    if event is None or pts == Gst.CLOCK_TIME_NONE:
        return 0
    known, running = event.parse_segment().to_running_time_full(Gst.Format.TIME, pts)
    return running if known >= 0 else -running


def read_orders(worker):
    """Orders, in a thread of its own, so that a busy pipeline cannot keep the end of its parent from it."""
    for line in sys.stdin.buffer:
        if line.strip():
            GLib.idle_add(lambda line=line: worker.order(line) and False, priority=GLib.PRIORITY_HIGH)
    # The parent is gone or wants the end: now, whatever the pipeline is busy with.
    os._exit(0)


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the parent to handle.
    pipe = Pipe(os.dup(1))
    os.dup2(2, 1)  # Whatever a library prints must not get between the frames.
    Gst.init(None)
    loop = GLib.MainLoop()
    worker = Worker(pipe)
    threading.Thread(target=read_orders, args=(worker,), daemon=True).start()
    pipe.event(event="ready")
    loop.run()


main()
