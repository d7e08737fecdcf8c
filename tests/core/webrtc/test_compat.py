"""The check of the libraries, and what is changed in them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import aiortc
import pytest
from aioice import ice
from aiortc import (
    RTCDtlsTransport,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSctpTransport,
    rtcpeerconnection,
    rtp,
)
from aiortc import codecs as tables
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from roomdeck.core.config import IceConfig, TurnServer
from roomdeck.core.errors import IncompatibleError, UsageError
from roomdeck.core.webrtc import codecs, compat, guard
from roomdeck.core.webrtc.connection import Connection
from roomdeck.core.webrtc.servers import ice_servers

from .peers import Owner, member


def test_these_versions_pass() -> None:
    compat.selfcheck()


FIRST_CONNECTION = """
import socket, sys
import roomdeck.core.worker.process
from aiortc import RTCCertificate, rtcdtlstransport
from roomdeck.core.webrtc import compat

compat.install()
before = set(sys.modules)
certificate = RTCCertificate.generateCertificate()
certificate._create_ssl_context(rtcdtlstransport.SRTP_PROFILES)
socket.getaddrinfo("127.0.0.1", 1)
print(*sorted(set(sys.modules) - before))
"""
"""What aiortc and asyncio do for one."""


def test_the_first_connection_of_a_worker_imports_nothing() -> None:
    words = [sys.executable, "-c", FIRST_CONNECTION]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_missing_attribute_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(RTCDtlsTransport, "_handle_rtp_data")
    with pytest.raises(IncompatibleError, match=r"RTCDtlsTransport\._handle_rtp_data is gone"):
        compat.selfcheck()


def test_changed_signature_is_named_with_the_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(self: Any, data: bytes, addr: Any, more: int) -> None:
        """A method with one parameter more."""

    monkeypatch.setattr(guard.GuardedProtocol.__base__, "datagram_received", changed)
    with pytest.raises(IncompatibleError) as caught:
        compat.selfcheck()
    text = str(caught.value)
    assert "datagram_received(self, data, addr, more) is not (self, data, addr)" in text
    assert f"aiortc {aiortc.__version__}" in text


def test_missing_attribute_of_an_instance_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def empty(self: Any, transport: Any, port: int = 5000) -> None:
        """Sets nothing."""

    monkeypatch.setattr(RTCSctpTransport, "__init__", empty)
    with pytest.raises(IncompatibleError, match="_advertised_rwnd is gone"):
        compat.selfcheck()


def test_missing_table_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(rtp, "DYNAMIC_PAYLOAD_TYPES")
    with pytest.raises(IncompatibleError, match="DYNAMIC_PAYLOAD_TYPES is gone"):
        compat.selfcheck()


def test_install_twice_changes_nothing_more() -> None:
    compat.install()
    before = (rtcpeerconnection.is_codec_compatible, ice.StunProtocol, ice.get_host_addresses)
    compat.install()
    after = (rtcpeerconnection.is_codec_compatible, ice.StunProtocol, ice.get_host_addresses)
    assert before == after


async def test_publishers_offer_every_codec() -> None:
    compat.install()
    pc = RTCPeerConnection()
    try:
        pc.addTransceiver("video", "sendonly")
        pc.addTransceiver("audio", "sendonly")
        text = (await pc.createOffer()).sdp
    finally:
        await pc.close()
    for name in ("VP8", "VP9", "AV1", "H265", "H264"):
        assert f" {name}/90000" in text
    assert "profile-id=2" in text
    assert "a=rtpmap:63 red/48000/2" in text
    assert "a=fmtp:63 111/111" in text
    assert "transport-wide-cc" in text


def test_payload_types_are_distinct() -> None:
    compat.install()
    for table in (tables.CODECS["video"], tables.CODECS["audio"]):
        numbers = [codec.payloadType for codec in table]
        assert len(set(numbers)) == len(numbers)
        assert all(n in codecs.DYNAMIC_PAYLOAD_TYPES for n in numbers if n and n > 30)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("0", "2", False), ("0", None, True), (2, "2", True), (None, None, True)],
)
def test_vp9_profiles_are_compared(
    one: str | int | None, other: str | int | None, same: bool
) -> None:
    assert compat.is_codec_compatible(_codec("VP9", one), _codec("vp9", other)) is same


def test_other_codecs_are_compared_as_before() -> None:
    assert compat.is_codec_compatible(_codec("VP8", None), _codec("VP8", "1"))
    assert not compat.is_codec_compatible(_codec("VP8", None), _codec("VP9", None))


def _codec(name: str, profile: str | int | None) -> RTCRtpCodecParameters:
    parameters: dict[str, str | int | None] = {} if profile is None else {"profile-id": profile}
    return RTCRtpCodecParameters(f"video/{name}", 90000, payloadType=96, parameters=parameters)


def test_sender_class_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtcpeerconnection, "RTCRtpSender", RTCRtpSender)

    class Sender:
        """Not a real one."""

    compat.install_sender(Sender)
    assert member(rtcpeerconnection, "RTCRtpSender") is Sender


def test_only_configured_servers_are_used() -> None:
    assert ice_servers(IceConfig()) == []
    turn = TurnServer("turn://relay.example:5000?transport=tcp", "me", "secret")
    stun, relay = ice_servers(IceConfig(stun="stun.example:3478", turn=turn))
    assert stun.urls == "stun:stun.example:3478"
    assert (relay.urls, relay.username) == ("turn:relay.example:5000?transport=tcp", "me")


async def test_unusable_server_is_refused() -> None:
    with pytest.raises(UsageError, match="STUN"):
        Connection(Owner(), ice=IceConfig(stun="stun:host:port:more"))
