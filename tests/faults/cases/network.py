"""Networks that lose, repeat and delay, and such as are gone for a while."""

from __future__ import annotations

import asyncio
from typing import Any

from roomdeck.core.model import Codec, Kind
from roomdeck.core.publishing.impairment import Impairment
from roomdeck.core.recording.check.report import CheckReport

from ..case import Result, Scene, case
from ..namespace import cable
from ..room import Room, now, pictures_of

NETWORKS = {
    "1 % loss": (Impairment(loss=0.01, rtt=0.05), 0.99),
    "5 % loss": (Impairment(loss=0.05, rtt=0.05), 0.99),
    "20 % loss": (Impairment(loss=0.20, rtt=0.05), 0.95),
    "bursts": (Impairment(loss=0.05, burst=5, rtt=0.1), 0.95),
    "disorder": (Impairment(reorder=0.10, rtt=0.02), 0.99),
    "duplicates": (Impairment(duplicate=0.10, rtt=0.02), 0.99),
    "jitter": (Impairment(jitter=0.3, rtt=0.05), 0.99),
}
"""What is done to packets in both directions, and which share of the pictures has to be there."""
OUTAGES = {20.0: 5.0, 600.0: 45.0}
"""Seconds without a network, and within which media is on the disk again after it."""


@case(
    "packets are lost, repeated, late or in disorder: 1 to 20 % loss, bursts, 300 ms of jitter",
    minutes=4,
)
async def networks(scene: Scene) -> Result:
    """What cannot be repaired is missing, and nothing else; all that is there is right."""
    seconds = 60.0 if scene.full else 10.0
    codecs = (Codec.H264, Codec.VP8) if scene.full else (Codec.H264,)
    shares: dict[str, float] = {}
    starts: dict[str, int | None] = {}
    bad: list[str] = []
    for codec in codecs:
        async with scene.lab() as lab:
            recorder = await lab.record()
            for number, (spoilt, _) in enumerate(NETWORKS.values()):
                stream = f"guest{number}"
                lab.publish(stream, codec, seconds=seconds, number=number, impairment=spoilt)
            await lab.published(seconds)
            for number, (name, (_, wanted)) in enumerate(NETWORKS.items()):
                take = await recorder.line("take.end", f"guest{number}")
                report = await lab.check(take)
                pictures = pictures_of(report)
                # Nobody can ask for what came before the first packet that arrived.
                share = pictures.matched / (pictures.sent - (pictures.first or 0))
                shares[f"{name}, {codec}"] = round(share, 4)
                starts[f"{name}, {codec}"] = pictures.first
                bad += [f"{name}: {problem}" for problem in _wrong(report)]
                bad += [f"{name}: {share:.1%} of the pictures"] if share < wanted else []
            await recorder.stop()
    worst = min(shares, key=lambda name: shares[name])
    return Result(
        tried=len(shares),
        lost=bad[0] if bad else f"{1 - shares[worst]:.1%} of the pictures at worst ({worst})",
        holds=not bad,
        figures={"shares": shares, "first frames": starts, "bad": bad},
    )


@case("the network is gone for 20 s, in the full form for 10 min as well", minutes=12)
async def outages(scene: Scene) -> Result:
    """What was sent meanwhile is missing; then recording goes on by itself."""
    figures: dict[str, Any] = {}
    bad: list[str] = []
    lengths = [length for length in OUTAGES if scene.full or length < 60.0]
    for length in lengths:
        back, wrong = await _outage(scene, length)
        figures[f"{length:.0f} s"] = back
        bad += wrong
        bad += [
            f"{name} was back {after:.1f} s after {length:.0f} s"
            for name, after in back.items()
            if after > OUTAGES[length]
        ]
    slowest = max(after for back in figures.values() for after in back.values())
    return Result(
        tried=len(lengths),
        lost=bad[0] if bad else f"media on the disk {slowest:.1f} s after the network was back",
        holds=not bad,
        figures=figures | {"bad": bad},
    )


async def _outage(scene: Scene, length: float) -> tuple[dict[str, float], list[str]]:
    """Return after how many seconds each stream grew again, and what is wrong in the files."""
    with cable() as line:
        async with scene.lab(line.host, *line.prefix) as lab:
            room = await Room.open(lab)
            line.pull()
            await asyncio.sleep(length)
            before = room.seconds()
            line.plug()
            back = await room.grown(before, now())
            await room.recorded(2.0)
            await room.close()
            reports = [await lab.check(take) for take in room.takes()]
    return back, [problem for report in reports for problem in _wrong(report)]


def _wrong(report: CheckReport) -> list[str]:
    """Return what must not be, however bad the network is."""
    wrong: list[str] = []
    for one in report.comparisons:
        if one.wrong or one.extra:
            wrong.append(f"{one.wrong} wrong and {one.extra} unknown frames of {one.kind}")
    video = report.video
    if video is not None and video.error_count:
        wrong.append(f"{video.error_count} pictures do not decode")
    if report.late and report.recorded and Kind.AUDIO in report.recorded.frames:
        worst = max(report.late, key=lambda one: abs(one.seconds))
        wrong.append(
            f"sound is {worst.seconds:.2f} s off from {worst.begin:.1f} to {worst.end:.1f} s"
        )
    return wrong
