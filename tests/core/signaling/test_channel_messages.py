import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.core.config import DEFAULT_PASSWORD
from roomdeck.core.errors import ProtocolError
from roomdeck.core.model import Codec
from roomdeck.core.signaling import channel_messages, peer
from roomdeck.core.signaling.channel_messages import (
    CHANNEL_LIMIT,
    ChannelMessage,
    parse_channel_message,
    pong,
    recorder_request,
)
from roomdeck.core.signaling.secrets import Secrets

from .test_messages import NAMES, VALUES


def parse(message: dict[str, Any]) -> ChannelMessage:
    return parse_channel_message(json.dumps(message))


def test_the_request_is_what_was_tested_against_the_page() -> None:
    assert recorder_request(True, True, Codec.H264, "Recorder") == {
        **dict.fromkeys(("audio", "video", "allowscreenvideo", "allowscreenaudio"), True),
        **dict.fromkeys(("guest", "scene", "director", "allowchunked", "allowmeshcast"), False),
        **dict.fromkeys(("allowwebp", "allowwhipout", "downloads", "iframe", "widget"), False),
        **dict.fromkeys(("broadcast", "allowmidi", "allowdrawing", "allowresources"), False),
        "info": {"label": "Recorder"},
        "preferVideoCodec": "h264",
    }
    assert "preferVideoCodec" not in recorder_request(True, True, None, "Recorder")


def test_a_publisher_reads_the_request() -> None:
    message = parse(recorder_request(False, True, Codec.VP9, "Recorder"))
    assert message.requests_media
    assert (message.audio, message.video, message.codec) == (False, True, Codec.VP9)
    assert (message.allow_screen_audio, message.allow_screen_video) == (False, True)
    assert message.label == "Recorder"
    limits = parse({"bitrate": 1200, "audioBitrate": -1, "keyframe": True})
    assert (limits.bitrate, limits.keyframe) == (1200, True)
    assert not limits.requests_media


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (channel_messages.info("Alice", muted=True), {"label": "Alice", "mute_state": True}),
        (channel_messages.info(""), {"label": "", "video_muted": False}),
        (channel_messages.mute_state(False), {"mute_state": False}),
        (
            channel_messages.video_muted(True) | channel_messages.bye(),
            {"video_muted": True, "bye": True},
        ),
        (channel_messages.screen_stopped(False), {"screen_stopped": False}),
        (channel_messages.change_label("Bob"), {"label": "Bob"}),
        (channel_messages.ping(17.5), {"ping": 17.5}),
        (pong("x"), {"pong": "x"}),
        ({"virtualHangup": True, "screenShareState": False}, {"screen_share": False}),
        ({"info": {"screenShareState": True}}, {"screen_share": True}),
        ({"muteState": False, "info": {"muted": True}}, {"mute_state": False}),
        ({"altUUID": True, "muteState": True}, {"alternate": True}),
    ],
)
def test_what_publishers_say(message: dict[str, Any], expected: dict[str, Any]) -> None:
    parsed = parse(message)
    assert {name: getattr(parsed, name) for name in expected} == expected


def test_silence_says_nothing() -> None:
    assert parse({}) == ChannelMessage()
    assert parse({"unknown": 1, "miniInfo": {"qlr": False}}) == ChannelMessage()


def test_fields_of_the_wrong_type_are_left_out() -> None:
    wrong: dict[str, Any]
    wrong = {"muteState": "yes", "ping": {"a": 1}, "info": [], "bitrate": "x", "bye": "no"}
    wrong |= {"preferVideoCodec": "opus", "screenStopped": None, "changeLabel": True, "value": 5}
    assert parse(wrong | {"videoMuted": True}) == ChannelMessage(video_muted=True, label="")
    assert parse({"ping": 1 << 80}) == ChannelMessage()
    assert parse({"bitrate": 1e300}).bitrate == 2**31


def test_labels_cannot_drive_a_terminal_and_are_bounded() -> None:
    label = parse({"info": {"label": "\x1b]0;x\x07" + "y" * 500}}).label
    assert label is not None
    assert label.isprintable()
    assert len(label) <= 100


@pytest.mark.parametrize("secrets", [None, Secrets(DEFAULT_PASSWORD)])
def test_renegotiation_comes_this_way_too(secrets: Secrets | None) -> None:
    message = parse(peer.offer(None, "guestA", "s", "v=0", secrets, screen=[2, 3])).peer
    assert message is not None
    assert (message.uuid, message.session, message.screen) == ("", "s", (2, 3))
    opened = peer.open_peer_message(message, secrets or Secrets(None))
    assert opened.description == peer.Description("offer", "v=0")
    assert opened.encrypted == (secrets is not None)


def test_oversized_messages_and_other_json_are_refused() -> None:
    fits = '{"a":"' + "x" * (CHANNEL_LIMIT - 8) + '"}'
    assert len(fits) == CHANNEL_LIMIT
    assert parse_channel_message(fits) == ChannelMessage()
    for text in (fits + " ", "[]", "x", "[" * 200_000):
        with pytest.raises(ProtocolError):
            parse_channel_message(text)


FIELDS = NAMES | st.sampled_from(
    [
        *("info", "label", "muted", "ping", "pong", "changeLabel", "value", "audio", "video"),
        *("preferVideoCodec", "bitrate", "audioBitrate", "keyframe", "muteState"),
    ]
)


@settings(deadline=None)
@given(st.binary() | st.text() | st.dictionaries(FIELDS, VALUES, max_size=6).map(json.dumps))
def test_arbitrary_text_is_a_message_or_a_protocol_error(text: str | bytes) -> None:
    with suppress(ProtocolError):
        message = parse_channel_message(text)
        json.dumps(pong(message.ping or 0))
