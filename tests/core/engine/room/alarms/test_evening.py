"""An unattended recording with an evening of troubles: exactly the alarms it should, no other."""

from __future__ import annotations

from roomdeck.core.model import (
    DiskSnapshot,
    PictureMeter,
    SignalingState,
    SoundMeter,
    Stall,
    StreamState,
    Upload,
    UploadsSnapshot,
    UploadState,
    WorkerSnapshot,
)

from .evening import GB, QUIET, Evening


def test_an_evening_of_troubles() -> None:
    evening = Evening(expected=("alice", "b*"))
    evening.nobody = "nobody is sending in this room"
    assert evening.wait(19) == []
    assert evening.wait(1) == [], "seen for the first time a second ago"
    assert evening.wait(1) == [("+room-empty", "")]
    evening.nobody = ""
    evening.be("alice")
    assert evening.wait(1) == [("-room-empty", "")]
    assert evening.wait(98) == []
    assert evening.wait(2) == [("+missing", "b*")]
    evening.be("bob")
    assert evening.wait(1) == [("-missing", "b*")]
    assert evening.wait(1200) == []

    # The microphone of one is silent, and then muted.
    evening.be("alice", sound=QUIET)
    assert evening.wait(59) == []
    assert evening.wait(1) == [("+silence", "alice")]
    evening.be("alice", sound=QUIET, muted=True)
    assert evening.wait(5) == [("-silence", "alice")]
    assert evening.wait(600) == []
    evening.be("alice")

    # A lens cap; the encoder then has nothing to send.
    evening.be("bob", picture=PictureMeter(black=12.0), bitrate=90_000.0)
    assert evening.wait(60) == []
    evening.be("bob", picture=PictureMeter(black=39.0), bitrate=90_000.0)
    assert evening.wait(200) == [("+black", "bob")]
    evening.be("bob")
    assert evening.wait(300) == [("-black", "bob")]

    # A camera that hangs.
    evening.be("bob", picture=PictureMeter(frozen=290.0), bitrate=80_000.0)
    assert evening.wait(200) == []
    evening.be("bob", picture=PictureMeter(frozen=301.0), bitrate=80_000.0)
    assert evening.wait(10) == [("+frozen", "bob")]
    evening.be("bob")
    assert evening.wait(300) == [("-frozen", "bob")]

    # Too loud, all the time and not once.
    evening.be("alice", sound=SoundMeter(level=-3.0, peak=0.0, clipped=0.2))
    assert evening.wait(4) == []
    assert evening.wait(5) == [("+clipping", "alice")]
    evening.be("alice", sound=SoundMeter(level=-9.0, peak=-3.0, clipped=30.0))
    assert evening.wait(30) == [("-clipping", "alice")]

    # Nothing comes any more; then he is gone, and comes back.
    stalled = {"state": StreamState.STALL, "stalls": (Stall.NETWORK,), "sound": QUIET, "fps": 0.0}
    evening.be("bob", **stalled, bitrate=0.0, reason="nothing comes any more")
    assert evening.wait(100) == [("+stall", "bob")]
    evening.be("bob", state=StreamState.DONE, worker=None, here=False)
    assert evening.wait(1) == [("-stall", "bob")]
    assert evening.wait(130) == [("+missing", "b*")]
    evening.be("bob")
    assert evening.wait(300) == [("-missing", "b*")]

    # The disk fills, is full, and somebody makes room.
    evening.turn(disk=DiskSnapshot(6 * GB, 1700.0, 200 * GB, GB // 3, GB))
    assert evening.wait(30) == [("+disk-forecast", "")]
    evening.turn(disk=DiskSnapshot(GB // 4, None, 200 * GB, GB // 3, GB, full=True))
    assert evening.wait(30) == []
    evening.turn(disk=DiskSnapshot(90 * GB, 80_000.0, 200 * GB, GB // 3, GB))
    assert evening.wait(30) == [("-disk-forecast", "")]

    # The server goes, and nobody can know who is here.
    evening.turn(link=SignalingState.RECONNECTING, link_detail="refused")
    assert evening.wait(29) == []
    assert evening.wait(200) == [("+server-gone", "")]
    evening.turn(link=SignalingState.JOINED, link_detail="")
    assert evening.wait(1) == [("-server-gone", "")]

    # The place to upload to is away for a while.
    failed = Upload(file="a.ts", state=UploadState.FAILED, error="refused")
    evening.turn(uploads=UploadsSnapshot(waiting=1, done=3))
    assert evening.wait(300) == []
    evening.turn(uploads=UploadsSnapshot(files=(failed,), waiting=1, done=3, failed=1))
    assert evening.wait(100) == [("+upload", "")]
    evening.turn(uploads=UploadsSnapshot(files=(failed,), waiting=1, done=3, failed=9))
    assert evening.wait(100) == []
    evening.turn(uploads=UploadsSnapshot(waiting=0, done=4, failed=9))
    assert evening.wait(100) == [("-upload", "")]

    # The machine, too, has its moments.
    evening.turn(workers=(WorkerSnapshot(number=1, pid=1, late=1.2, unsafe=2.5),))
    assert evening.wait(3) == []
    assert evening.wait(5) == [("+worker-late", "")]
    evening.turn(workers=(WorkerSnapshot(number=1, pid=1, unsafe=9.0),))
    assert evening.wait(40) == [("+disk-slow", ""), ("-worker-late", "")]
    evening.turn(workers=(WorkerSnapshot(number=1, pid=1, unsafe=0.9),))
    assert evening.wait(40) == [("-disk-slow", "")]

    evening.be("alice", sound=QUIET)
    assert evening.wait(100) == [("+silence", "alice")]
    assert evening.end() == [("-silence", "alice")]
    assert evening.end() == []


def test_an_evening_without_troubles_is_quiet() -> None:
    evening = Evening(expected=("alice",))
    evening.be("alice")
    evening.be("bob", sound=QUIET, muted=True, camera_off=True)
    evening.be(
        "alice-screen", screen=True, sound=None, picture=PictureMeter(black=900.0, frozen=900.0)
    )
    for second in range(3600):
        # A network and a face that are as they are.
        wave = 1.0 if second % 40 < 20 else 0.3
        evening.be("alice", bitrate=2_000_000 * wave, fps=15.0 + 15 * wave, loss=0.02 * (1 - wave))
        evening.wait(1)
    assert evening.notes == []
