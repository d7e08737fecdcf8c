"""A publisher's media side made of GStreamer's webrtcbin: a stranger to roomdeck's own code.

Runs under the Python that GStreamer's bindings are installed for, so it imports nothing of ours.
JSON lines in: ``start`` (again: anew), ``answer`` (``sdp``), ``candidate`` (``candidate``,
``index``), ``say`` (``text``, over the data channel), ``leave`` (the same, and from then on nothing
is encoded), ``volume`` (``value``, 1 is full scale), ``end``. Lines out: ``offer``, ``candidate``,
``connected``, ``heard``, ``sending`` (a track lets go what it kept back), ``ended`` (``late``:
seconds by which a frame was ready later than the promptest of its track, at worst). ``--probe``
ends at once, with 0 where everything is there.
"""

from __future__ import annotations

import argparse
import importlib
import json
import struct
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

HEADER = struct.Struct(">c?qI")
"""Before each frame in the list of what was encoded: ``v`` or ``a``, whether it is a key frame,
nanoseconds on the clock of both tracks, bytes."""

_ELEMENTS = ("webrtcbin", "nicesrc", "dtlssrtpenc", "x264enc", "vp8enc", "opusenc", "rtpopuspay")
_VIDEO = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast bitrate=200 key-int-max={fps}"
    " ! video/x-h264,profile=constrained-baseline,stream-format=byte-stream,alignment=au"
    " ! identity name=video ! rtph264pay aggregate-mode=zero-latency pt=96",
    "vp8": "vp8enc deadline=1 target-bitrate=200000 keyframe-max-dist={fps} ! identity name=video"
    " ! rtpvp8pay pt=96",
}
_PIPELINE = """
    webrtcbin name=peer bundle-policy=max-bundle
    videotestsrc is-live=true pattern=ball
        ! video/x-raw,format=I420,width=320,height=180,framerate={fps}/1
        ! {video} ! {queue} ! application/x-rtp,media=video,encoding-name={name},payload=96
        ! identity name=video-out ! peer.
    audiotestsrc name=tone is-live=true wave=pink-noise volume=0.1 samplesperbuffer=480
        ! audio/x-raw,rate=48000,channels=2 ! opusenc ! identity name=audio
        ! rtpopuspay pt=97 ! {queue} ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97
        ! identity name=audio-out ! peer.
"""
_QUEUE = "queue max-size-time=0 max-size-buffers=0 max-size-bytes=0"


def _binding(name: str, version: str) -> Any:
    gi: Any = importlib.import_module("gi")
    gi.require_version(name, version)
    return importlib.import_module(f"gi.repository.{name}")


Gst = _binding("Gst", "1.0")
GLib = _binding("GLib", "2.0")
GstWebRTC = _binding("GstWebRTC", "1.0")
GstSdp = _binding("GstSdp", "1.0")
Gst.init(None)


def say(kind: str, **fields: Any) -> None:
    """Write a line."""
    print(json.dumps({"type": kind} | fields), flush=True)


def _keep(*_: Any) -> Any:
    """Let nothing through a pad that is blocked."""
    return Gst.PadProbeReturn.OK


def _on_message(_: Any, text: str) -> None:
    say("heard", text=text)


class Source:
    """One connection with media at a time, on GLib's main loop."""

    def __init__(self, options: argparse.Namespace, frames: BinaryIO, loop: Any) -> None:
        video = _VIDEO[options.codec].format(fps=options.fps)
        self._text = _PIPELINE.format(
            video=video, fps=options.fps, queue=_QUEUE, name=options.codec.upper()
        )
        self._loop = loop
        self._frames = frames
        self._lock = threading.Lock()
        self._kept = {"video": options.keep_video, "audio": options.keep_audio}
        self._blocks: dict[str, int] = {}
        self._pipeline: Any = None
        self._peer: Any = None
        self._channel: Any = None
        self._volume = 0.1
        self._left = False
        self._delays: dict[str, list[int]] = {"video": [], "audio": []}
        """Nanoseconds between the time of each frame and when it was ready."""

    def hear(self, line: dict[str, Any]) -> None:
        """Do what a line says."""
        if line["type"] == "start":
            self._start()
        elif line["type"] == "answer":
            _, message = GstSdp.SDPMessage.new_from_text(line["sdp"])
            answer = GstWebRTC.WebRTCSDPType.ANSWER
            description = GstWebRTC.WebRTCSessionDescription.new(answer, message)
            self._peer.emit("set-remote-description", description, Gst.Promise.new())
        elif line["type"] == "candidate":
            self._peer.emit("add-ice-candidate", line["index"], line["candidate"])
        elif line["type"] in ("say", "leave"):
            self._left = line["type"] == "leave"
            self._channel.emit("send-string", line["text"])
        elif line["type"] == "volume":
            self._volume = line["value"]
            self._set_volume()
        elif line["type"] == "end":
            self._end()

    def _start(self) -> None:
        """From now on there is media, whether the viewer can be reached or not."""
        if self._pipeline is not None:
            self._pipeline.set_state(Gst.State.NULL)
        self._pipeline = Gst.parse_launch(self._text)
        self._set_volume()
        for kind in ("video", "audio"):
            self._pad(kind).add_probe(Gst.PadProbeType.BUFFER, self._on_frame, kind)
            if self._kept[kind]:
                pad = self._pad(f"{kind}-out")
                blocked = Gst.PadProbeType.BLOCK | Gst.PadProbeType.BUFFER
                self._blocks[kind] = pad.add_probe(blocked, _keep)
        self._peer = self._pipeline.get_by_name("peer")
        self._peer.connect("on-negotiation-needed", self._on_negotiation)
        self._peer.connect("on-ice-candidate", self._on_candidate)
        self._peer.connect("notify::connection-state", self._on_state)
        self._pipeline.set_state(Gst.State.READY)
        self._channel = self._peer.emit("create-data-channel", "sendChannel", None)
        self._channel.connect("on-message-string", _on_message)
        self._pipeline.set_state(Gst.State.PLAYING)

    def _set_volume(self) -> None:
        if self._pipeline is not None:
            self._pipeline.get_by_name("tone").set_property("volume", self._volume)

    def _pad(self, name: str) -> Any:
        return self._pipeline.get_by_name(name).get_static_pad("src")

    def _on_frame(self, pad: Any, info: Any, kind: str) -> Any:
        if self._left:
            return Gst.PadProbeReturn.DROP
        buffer = info.get_buffer()
        segment = pad.get_sticky_event(Gst.EventType.SEGMENT, 0).parse_segment()
        time = segment.to_running_time(Gst.Format.TIME, buffer.pts)
        now = self._pipeline.get_clock().get_time() - self._pipeline.get_base_time()
        self._delays[kind].append(now - time)
        key = not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT)
        data = buffer.extract_dup(0, buffer.get_size())
        with self._lock:
            self._frames.write(HEADER.pack(kind[0].encode(), key, time, len(data)) + data)
        return Gst.PadProbeReturn.OK

    def _on_negotiation(self, peer: Any) -> None:
        peer.emit("create-offer", None, Gst.Promise.new_with_change_func(self._on_offer))

    def _on_offer(self, promise: Any) -> None:
        reply = promise.get_reply()  # owns what it holds
        offer = reply.get_value("offer")
        self._peer.emit("set-local-description", offer, Gst.Promise.new())
        say("offer", sdp=offer.sdp.as_text())

    def _on_candidate(self, _: Any, index: int, candidate: str) -> None:
        say("candidate", candidate=candidate, index=index)

    def _on_state(self, peer: Any, _: Any) -> None:
        state = peer.get_property("connection-state")
        if state == GstWebRTC.WebRTCPeerConnectionState.CONNECTED:
            say("connected")
            for kind in self._blocks:
                GLib.timeout_add(int(self._kept[kind] * 1000), self._release, kind)

    def _release(self, kind: str) -> bool:
        self._pad(f"{kind}-out").remove_probe(self._blocks[kind])
        say("sending", track=kind)
        return False

    def _end(self) -> None:
        self._pipeline.set_state(Gst.State.NULL)
        self._frames.flush()
        spread = [max(delays) - min(delays) for delays in self._delays.values() if delays]
        say("ended", late=max(spread, default=0) / 1e9)
        self._loop.quit()


def main() -> None:
    """Publish until told to end, or until nobody is there to tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--codec", choices=list(_VIDEO), default="h264")
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument("--frames", required=True)
    parser.add_argument("--keep-video", type=float, default=0.0)
    parser.add_argument("--keep-audio", type=float, default=0.0)
    options = parser.parse_args()
    loop = GLib.MainLoop()
    with Path(options.frames).open("wb") as frames:
        source = Source(options, frames, loop)

        def listen() -> None:
            for text in sys.stdin:
                GLib.idle_add(source.hear, json.loads(text))
            GLib.idle_add(loop.quit)

        threading.Thread(target=listen, daemon=True).start()
        loop.run()


if __name__ == "__main__":
    if sys.argv[1:] == ["--probe"]:
        sys.exit(not all(Gst.ElementFactory.find(name) for name in _ELEMENTS))
    main()
