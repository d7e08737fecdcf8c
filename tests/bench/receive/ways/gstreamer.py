"""GStreamer: webrtcbin, depayload, parse, Matroska, file, and nothing else.

Runs under the Python that GStreamer's bindings are installed for, so it imports nothing of ours;
``--probe`` ends at once, with 0 where everything is there.
"""

from __future__ import annotations

import importlib
import json
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

_ELEMENTS = ("webrtcbin", "nicesrc", "dtlssrtpdec", "rtph264depay", "h264parse", "matroskamux")
_PIPELINE = """
    webrtcbin name=peer bundle-policy=max-bundle
    rtph264depay name=video ! h264parse ! queue ! matroskamux name=mux ! filesink location="{path}"
    rtpopusdepay name=audio ! opusparse ! queue ! mux.
"""
_END_SECONDS = 5


def _binding(name: str, version: str) -> Any:
    gi: Any = importlib.import_module("gi")
    gi.require_version(name, version)
    return importlib.import_module(f"gi.repository.{name}")


Gst = _binding("Gst", "1.0")
GLib = _binding("GLib", "2.0")
GstWebRTC = _binding("GstWebRTC", "1.0")
GstSdp = _binding("GstSdp", "1.0")
Gst.init(None)


class Recording:
    """One stream, on GLib's main loop."""

    def __init__(self, path: Path) -> None:
        self.answered = threading.Event()
        self.sdp = ""
        self._pipeline = Gst.parse_launch(_PIPELINE.format(path=path))
        self._peer = self._pipeline.get_by_name("peer")
        self._peer.connect("pad-added", self._on_pad)
        self._peer.connect("notify::ice-gathering-state", self._on_gathering)
        self._pipeline.set_state(Gst.State.PLAYING)

    def answer(self, offer: str) -> None:
        """Begin to answer; the answer is there when all candidates are."""
        _, message = GstSdp.SDPMessage.new_from_text(offer)
        kind = GstWebRTC.WebRTCSDPType.OFFER
        description = GstWebRTC.WebRTCSessionDescription.new(kind, message)
        self._peer.emit("set-remote-description", description, Gst.Promise.new())
        made = Gst.Promise.new_with_change_func(self._on_answer)
        self._peer.emit("create-answer", None, made)

    def end(self) -> None:
        """Let the muxer finish the file."""
        for name in ("video", "audio"):
            sink = self._pipeline.get_by_name(name).get_static_pad("sink")
            sink.send_event(Gst.Event.new_eos())
        bus = self._pipeline.get_bus()
        bus.timed_pop_filtered(_END_SECONDS * Gst.SECOND, Gst.MessageType.EOS)
        self._pipeline.set_state(Gst.State.NULL)

    def _on_answer(self, promise: Any) -> None:
        reply = promise.get_reply()  # owns what it holds
        self._peer.emit("set-local-description", reply.get_value("answer"), Gst.Promise.new())

    def _on_gathering(self, peer: Any, _: Any) -> None:
        complete = GstWebRTC.WebRTCICEGatheringState.COMPLETE
        if peer.get_property("ice-gathering-state") == complete:
            self.sdp = peer.get_property("local-description").sdp.as_text()
            self.answered.set()

    def _on_pad(self, _: Any, pad: Any) -> None:
        if pad.get_direction() == Gst.PadDirection.SRC:
            media = pad.get_current_caps().get_structure(0).get_string("media")
            pad.link(self._pipeline.get_by_name(media).get_static_pad("sink"))


def serve(listener: socket.socket, folder: Path, recordings: list[Recording]) -> None:
    """Answer offers for ever, one line of JSON each way."""
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile("rw") as lines:
            offer = json.loads(lines.readline())
            recording = Recording(folder / f"{offer['name']}.mkv")
            recordings.append(recording)
            GLib.idle_add(recording.answer, offer["sdp"])
            recording.answered.wait()
            lines.write(json.dumps({"name": offer["name"], "sdp": recording.sdp}) + "\n")
            lines.flush()


def main() -> None:
    """Record until told to stop."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    recordings: list[Recording] = []
    loop = GLib.MainLoop()
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGTERM, loop.quit)
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener, folder, recordings), daemon=True).start()
    version = Gst.version_string()
    print(
        json.dumps({"type": "ready", "port": listener.getsockname()[1], "version": version}),
        flush=True,
    )
    loop.run()
    for recording in recordings:
        recording.end()
    print(json.dumps({"type": "ended"}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--probe":
        sys.exit(not all(Gst.ElementFactory.find(name) for name in _ELEMENTS))
    main()
