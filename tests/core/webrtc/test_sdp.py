"""Reading offers of strangers."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.errors import MediaError
from roomdeck.core.webrtc.sdp import MAX_LENGTH, parse_offer

from .offers import CHANNEL, audio, offer, video

GOOD = offer(CHANNEL, video(), audio())


def test_session_attributes_reach_the_sections() -> None:
    text = offer("m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n").replace(
        "t=0 0\r\n", "t=0 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:secret\r\na=fingerprint:sha-1 AA\r\n"
    )
    transport = parse_offer(text).sections[0].transport
    assert (transport.ufrag, transport.password) == ("abcd", "secret")
    assert transport.fingerprints == [("sha-1", "AA")]


def test_mids_are_invented_where_none_are_given() -> None:
    offered = parse_offer(GOOD.replace("a=mid:", "a=other:"))
    assert [section.mid for section in offered.sections] == ["0", "1", "2"]


def test_line_ends_may_be_bare() -> None:
    assert parse_offer(GOOD.replace("\r\n", "\n")) == parse_offer(GOOD)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "v=0\r\n",
        GOOD + "a=unknown\r\n" * (MAX_LENGTH // 11),
        GOOD.replace("a=mid:2", "a=mid:1"),
        GOOD.replace("a=mid:2", "a=mid:" + "x" * 100),
        GOOD.replace("m=video 9", "m=video x"),
        GOOD.replace("m=video 9", "m=video 99999"),
        GOOD.replace("SAVPF 96", "SAVPF 960"),
        GOOD.replace("rtpmap:96 VP8/90000", "rtpmap:96 VP8"),
        GOOD.replace("rtpmap:96 VP8/90000", "rtpmap:96 VP8/many"),
        GOOD.replace("extmap:4", "extmap:x"),
        GOOD.replace("setup:actpass", "setup:whatever"),
        GOOD.replace("sha-256 AA:BB", "sha-256"),
        GOOD.replace("sctp-port:5000", "sctp-port:-1"),
        GOOD + "a=ssrc:99999999999 cname:x\r\n",
        GOOD + "m=video\r\n",
        offer(*[CHANNEL] * 40),
    ],
)
def test_malformed_offers(text: str) -> None:
    with pytest.raises(MediaError):
        parse_offer(text)


@given(st.data())
def test_broken_offers_raise_nothing_else(data: st.DataObject) -> None:
    lines = GOOD.split("\r\n")
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(lines) - 1))
        cut = data.draw(st.integers(0, len(lines[position])))
        lines[position] = lines[position][:cut] + data.draw(st.text(max_size=10))
    with contextlib.suppress(MediaError):
        parse_offer("\r\n".join(lines))
