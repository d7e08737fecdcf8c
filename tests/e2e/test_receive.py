"""The two ways on which packets come in: the same files, and a status that says which it is."""

from __future__ import annotations

import pytest

from roomdeck.core.model import Codec, Kind, ReceivePath
from roomdeck.core.publishing.impairment import Impairment
from roomdeck.core.webrtc.path import VARIABLE

from .lab import Lab, Line

FEW = 5
"""Packets."""


@pytest.mark.parametrize("path", ReceivePath)
async def test_what_was_sent_is_in_the_file_on_both_paths(lab: Lab, path: ReceivePath) -> None:
    recorder = await lab.record(**{VARIABLE: path})
    lab.publish("alice", Codec.H264)
    # Several packets a picture: some are lost of the few that a busy publisher makes, too.
    lossy = Impairment(loss=0.1, rtt=0.03, seed=4)
    publisher = lab.publish("bob", Codec.VP8, impairment=lossy, source={"bitrate": 2_000_000})

    def said(line: Line) -> bool:
        return len(line["streams"]) == 2 and all(w["memory"] for w in line["workers"])

    status = await recorder.status(said)
    (viewer,) = publisher.viewers.values()
    takes = [await recorder.line("take.end", stream) for stream in ("alice", "bob")]
    assert await recorder.stop() == 0

    (worker,) = status["workers"]
    asked = f"{VARIABLE}=plain" if path is ReceivePath.PLAIN else ""
    assert (worker["path"], worker["path_reason"]) == (path, asked)
    alice, bob = [await lab.check(take) for take in takes]
    assert not alice.bad, alice.problems
    pictures, sound = bob.comparisons
    assert (pictures.missing, pictures.wrong, pictures.extra) == (0, 0, 0), bob
    # Nobody asks for sound again; its copy is in the next packet, which may be lost as well.
    assert (sound.wrong, sound.extra) == (0, 0), bob
    assert sound.missing == takes[1]["packets"]["audio"]["lost"], bob
    # Of few that are sent again all may be lost once more.
    resent = viewer.stats()[Kind.VIDEO].retransmitted
    assert takes[1]["packets"]["video"]["recovered"] > 0 or resent < FEW
