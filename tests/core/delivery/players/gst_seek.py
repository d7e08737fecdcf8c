"""What GStreamer makes of a file, for a Python that has its bindings::

    /usr/bin/python3 gst_seek.py FILE SECOND...

Writes a line of JSON: how many pictures and samples are decoded, how long it says the file is, and
the picture at each second: width, height, and luma as base64.
"""

from __future__ import annotations

import base64
import importlib
import json
import sys
from pathlib import Path
from typing import Any


def _bindings() -> Any:
    gi: Any = importlib.import_module("gi")
    gi.require_version("Gst", "1.0")
    return importlib.import_module("gi.repository.Gst")


Gst: Any = _bindings()
_PATIENCE = 20 * Gst.SECOND


def _pipeline(path: str, ends: str) -> Any:
    uri = Path(path).resolve().as_uri()
    return Gst.parse_launch(f'uridecodebin name=d uri="{uri}" {ends}')


def _decoded(path: str, kind: str, convert: str) -> int:
    """Return how many pictures or samples there are, all decoded."""
    pipeline = _pipeline(path, f"d. ! {convert} ! fakesink name=s sync=false signal-handoffs=true")
    found = [0]

    def count(_sink: object, buffer: Any, _pad: object) -> None:
        found[0] += 1 if kind == "video" else buffer.get_size() // 2

    pipeline.get_by_name("s").connect("handoff", count)
    pipeline.set_state(Gst.State.PLAYING)
    wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(_PATIENCE, wanted)
    pipeline.set_state(Gst.State.NULL)
    if message is None or message.type == Gst.MessageType.ERROR:
        return 0
    return found[0]


def _pictures(path: str, seconds: list[float]) -> tuple[float, list[list[object]]]:
    ends = "d. ! videoconvert ! video/x-raw,format=GRAY8 ! appsink name=s sync=false"
    pipeline = _pipeline(path, ends)
    sink = pipeline.get_by_name("s")
    pipeline.set_state(Gst.State.PAUSED)
    pipeline.get_state(_PATIENCE)
    length = pipeline.query_duration(Gst.Format.TIME)[1] / Gst.SECOND
    found: list[list[object]] = []
    for second in seconds:
        flags = Gst.SeekFlags.FLUSH | Gst.SeekFlags.ACCURATE
        pipeline.seek_simple(Gst.Format.TIME, flags, round(second * Gst.SECOND))
        pipeline.get_state(_PATIENCE)
        sample = sink.emit("pull-preroll")
        form = sample.get_caps().get_structure(0)
        width, height = form.get_value("width"), form.get_value("height")
        buffer = sample.get_buffer()
        data = buffer.extract_dup(0, buffer.get_size())
        stride = len(data) // height
        rows = b"".join(data[y * stride : y * stride + width] for y in range(height))
        found.append([width, height, base64.b64encode(rows).decode()])
    pipeline.set_state(Gst.State.NULL)
    return length, found


def main() -> None:
    """Look at a file."""
    Gst.init(None)
    path, *seconds = sys.argv[1:]
    mono = "audioconvert ! audioresample ! audio/x-raw,format=S16LE,channels=1,rate=48000"
    pictures = _decoded(path, "video", "videoconvert ! video/x-raw") if seconds else 0
    samples = _decoded(path, "audio", mono)
    length, found = _pictures(path, [float(one) for one in seconds]) if seconds else (0.0, [])
    said = {"pictures": pictures, "samples": samples, "seconds": length, "found": found}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
