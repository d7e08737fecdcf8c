"""Where the time goes: what each stage costs, by the program's own functions.

::

    python -m tests.bench.receive.stages [--rounds 5] [--streams 4]

Each stage runs alone over the packets of the loop, those of several streams in turns, as in a
worker. The figures are this process's processor time, with warm caches: in a recorder, whose
stages take turns and which sleeps in between, all of them cost more.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from roomdeck.core.model import Codec, EncodedFrame, EndReason, Kind
from roomdeck.core.recording.recorder import StreamRecorder
from roomdeck.core.recording.take_events import RecordingSettings, StreamIdentity
from roomdeck.core.rtp.assembler import FrameAssembler
from roomdeck.core.rtp.counters import Counters
from roomdeck.core.rtp.packet import RtpPacket, parse_rtp
from roomdeck.core.webrtc.batch import Batch
from roomdeck.core.webrtc.receiver import MediaReceiver, Packet
from roomdeck.core.webrtc.srtp import make_tap
from roomdeck.core.worker.files.writer import FLUSH_INTERVAL

from .load.loop import SECONDS
from .loopback import pairs
from .recorded import RECEIVE_TICK, SSRCS, Recorded, recorded

_FLUSH_TICKS = round(FLUSH_INTERVAL / RECEIVE_TICK)
_EPOCH = 1_700_000_000.0
_LEAST = 6_000_000
"""Bytes in a file of the whole loop."""

Stage = Callable[[Recorded, int], float]
"""Seconds of processor time over the whole loop of so many streams."""


class Clock:
    """Adds up processor time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __enter__(self) -> None:
        self._begin = time.process_time()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.process_time() - self._begin


def receive(media: Recorded, streams: int) -> float:
    """Datagrams out of sockets."""
    clock, batch = Clock(), Batch()
    with pairs(streams) as links:
        for packets in media.encrypted:
            for link in links:
                for descriptor in link.fill(packets):
                    with clock:
                        batch.receive(descriptor)
    return clock.seconds


def decrypt(media: Recorded, streams: int) -> float:
    """SRTP, in place."""
    clock, batch = Clock(), Batch()
    nobody: Any = _Nobody()
    taps = [make_tap(media.session(), batch, nobody) for _ in range(streams)]
    with pairs(streams) as links:
        for packets in media.encrypted:
            for link, tap in zip(links, taps, strict=True):
                for descriptor in link.fill(packets):
                    arrivals = batch.receive(descriptor)
                    with clock:
                        tap(arrivals)
    return clock.seconds


class _Nobody:
    """Takes decrypted packets and does nothing with them."""

    def receive(self, *_: object) -> None:
        pass


def parse(media: Recorded, streams: int) -> float:
    """RTP headers."""
    clock, ids = Clock(), media.agreement.extensions
    for packets in media.plain:
        for _ in range(streams):
            with clock:
                for packet in packets:
                    parse_rtp(packet, ids)
    return clock.seconds


def depacketise(media: Recorded, streams: int) -> float:
    """Payloads to frames."""
    clock = Clock()
    assemblers = [{SSRCS[kind]: _assembler(media, kind) for kind in Kind} for _ in range(streams)]
    frames: list[EncodedFrame] = []
    for now, packets in _parsed(media):
        for mine in assemblers:
            with clock:
                for packet in packets:
                    mine[packet.ssrc].push(packet, now, frames)
            frames.clear()
    return clock.seconds


def _assembler(media: Recorded, kind: Kind) -> FrameAssembler:
    choice = _choice(media, kind)
    codecs = {number: form.codec for number, form in choice.items() if form.codec and not form.red}
    return FrameAssembler(kind, codecs, Counters(), True)


def _choice(media: Recorded, kind: Kind) -> Any:
    tracks = media.agreement.tracks
    return next(track.choice.payloads for track in tracks if track.info.kind is kind)


def order(media: Recorded, streams: int) -> float:
    """What lies between header and payload: routes, sequence, loss, arrivals, statistics."""
    clock = Clock()
    receivers = [_receiver(media) for _ in range(streams)]
    for tick, packets in enumerate(media.plain):
        memory = _memory(packets, tick * RECEIVE_TICK)
        for receiver in receivers:
            with clock:
                receiver.receive(*memory)
            receiver.tick(tick * RECEIVE_TICK)
    return clock.seconds - parse(media, streams) - depacketise(media, streams)


def report(media: Recorded, streams: int) -> float:
    """Everything that is done at every tick: feedback, reports, frames whose time has come."""
    clock = Clock()
    receivers = [_receiver(media) for _ in range(streams)]
    for tick, packets in enumerate(media.plain):
        now = tick * RECEIVE_TICK
        memory = _memory(packets, now)
        for receiver in receivers:
            receiver.receive(*memory)
            with clock:
                receiver.tick(now)
    return clock.seconds


def _memory(packets: Sequence[bytes], now: float) -> tuple[bytes, list[Packet]]:
    """Packets one after the other, as they lie in memory."""
    ends = list(accumulate(map(len, packets)))
    return b"".join(packets), [(start, end, now) for start, end in pairwise([0, *ends])]


def _receiver(media: Recorded) -> MediaReceiver:
    receiver = MediaReceiver(lambda _mid, _frames: None, 20_000_000)
    receiver.configure(media.agreement, 0.0)
    return receiver


def mux(media: Recorded, streams: int) -> float:
    """Frames into files, as many at once as a worker hands over."""
    clock = Clock()
    batches = _frames(media)
    with tempfile.TemporaryDirectory() as folder:
        recorders = [_recorder(folder, f"s{number}") for number in range(streams)]
        for now, frames in batches:
            for recorder in recorders:
                with clock:
                    recorder.write(frames, {}, now, _EPOCH + now)
                    recorder.poll(now, _EPOCH + now)
        for recorder in recorders:
            recorder.end(EndReason.STOPPED, {})
        assert sum(path.stat().st_size for path in Path(folder).iterdir()) > _LEAST * streams
    return clock.seconds


def _recorder(folder: str, name: str) -> StreamRecorder:
    settings = RecordingSettings(
        output=folder, prefix="stage", session_started=_EPOCH, session_began=0.0
    )
    recorder = StreamRecorder(StreamIdentity(name, name, ""), settings, lambda _event: None)
    recorder.expect(Codec.H264, Codec.OPUS)
    recorder.restart()
    return recorder


def _parsed(media: Recorded) -> list[tuple[float, list[RtpPacket]]]:
    ids = media.agreement.extensions
    return [
        (tick * RECEIVE_TICK, [parse_rtp(packet, ids) for packet in packets])
        for tick, packets in enumerate(media.plain)
    ]


def _frames(media: Recorded) -> list[tuple[float, list[EncodedFrame]]]:
    """What a receiver makes of the packets, with the times at which it is handed over."""
    waiting: list[EncodedFrame] = []
    receiver = MediaReceiver(lambda _mid, frames: waiting.extend(frames), 20_000_000)
    receiver.configure(media.agreement, 0.0)
    batches: list[tuple[float, list[EncodedFrame]]] = []
    for tick, packets in enumerate(media.plain, 1):
        now = tick * RECEIVE_TICK
        receiver.receive(*_memory(packets, now))
        receiver.tick(now)
        if tick % _FLUSH_TICKS == 0:
            batches.append((now, waiting[:]))
            waiting.clear()
    return batches


STAGES: tuple[Stage, ...] = (receive, decrypt, parse, order, depacketise, report, mux)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--streams", type=int, default=4)
    words = parser.parse_args()
    media = recorded()
    per_stream = sum(map(len, media.plain))
    print("| stage | us a packet | % of a core a stream |\n| --- | ---: | ---: |")
    total = 0.0
    for stage in STAGES:
        runs = [stage(media, words.streams) / words.streams for _ in range(words.rounds)]
        seconds = statistics.median(runs)
        total += seconds
        print(_row(stage.__name__, seconds, per_stream))
    print(_row("all", total, per_stream))


def _row(name: str, seconds: float, packets: int) -> str:
    return f"| {name} | {seconds / packets * 1e6:.2f} | {100 * seconds / SECONDS:.3f} |"


if __name__ == "__main__":
    main()
