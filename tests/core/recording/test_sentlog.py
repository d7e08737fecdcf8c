"""What a publisher writes down."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from roomdeck.core.errors import UsageError
from roomdeck.core.model import Codec, EncodedFrame
from roomdeck.core.recording.sentlog import SentLog, read_sent_log

from .media import audio, video


def test_every_line_reaches_the_file_at_once(tmp_path: Path) -> None:
    log = SentLog(tmp_path / "sent")
    for number, frame in enumerate(video(Codec.VP8)[:3], 1):
        log.write(frame)
        assert len(read_sent_log(tmp_path / "sent")) == number
    log.close()


def test_a_line_says_what_was_sent(tmp_path: Path) -> None:
    key, other, sound = video(Codec.VP8)[0], video(Codec.VP8)[1], audio()[0]
    with SentLog(tmp_path / "sent") as log:
        for frame in (key, other, sound):
            log.write(frame)
    first, second, third = map(json.loads, (tmp_path / "sent").read_text().splitlines())
    assert first == {
        "kind": "video",
        "codec": "vp8",
        "rtp": 5000,
        "key": True,
        "size": len(key.data),
        "sha256": hashlib.sha256(key.data).hexdigest(),
        "width": 64,
        "height": 48,
    }
    assert "width" not in second
    assert (third["kind"], third["codec"], third["rtp"]) == ("audio", "opus", 777000)


def test_delimiters_make_no_difference(tmp_path: Path) -> None:
    frame = video(Codec.H264)[1]
    delimited = EncodedFrame(
        frame.codec, b"\0\0\0\1\x09\xf0" + frame.data, frame.rtp_time, 0, False
    )
    with SentLog(tmp_path / "sent") as log:
        log.write(frame)
        log.write(delimited)
    first, second = read_sent_log(tmp_path / "sent")
    assert first == second


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    with SentLog(tmp_path / "sent") as log:
        log.write(video(Codec.VP8)[0])
        log.write(video(Codec.VP8)[1])
    data = (tmp_path / "sent").read_bytes()
    (tmp_path / "sent").write_bytes(data[:-10])
    assert len(read_sent_log(tmp_path / "sent")) == 1


def test_a_list_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write"):
        SentLog(tmp_path / "none" / "sent")
