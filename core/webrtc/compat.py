"""What is changed in aiortc and aioice (media_path.md §2), and the check that they are as we know.

`install` is called once per process, by recorders and publishers alike. Every attribute that
is not part of their documented interface and that we replace, override or read is in
`_SIGNATURES`, `_ATTRIBUTES` or `_INSTANCE_ATTRIBUTES`: a version that differs is refused by
name, not met by accident.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Any

import pylibsrtp
from aioice import Candidate, ice, turn
from aiortc import (
    RTCCertificate,
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceTransport,
    RTCRtpSender,
    RTCSctpTransport,
    codecs,
    rtcdtlstransport,
    rtcicetransport,
    rtcpeerconnection,
    rtp,
)
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from OpenSSL import SSL

from ..errors import IncompatibleError
from . import guard
from .agent import Agent
from .codecs import install_codecs

CIPHERS = b":".join(
    f"ECDHE-{key}-{cipher}".encode()
    for cipher in ("AES128-GCM-SHA256", "CHACHA20-POLY1305", "AES128-SHA", "AES256-SHA")
    for key in ("ECDSA", "RSA")
)
"""aiortc's suites, and the same for peers with an RSA key: every GStreamer 1.22 publisher."""

_LIBRARIES = ("aiortc", "aioice", "pylibsrtp")
_IMPORTED_LATE = (
    "cryptography.hazmat.backends.openssl.backend",
    "cryptography.hazmat.primitives.serialization",
    "encodings.idna",
)
"""What the libraries import at the first connection, while everybody else waits."""
_SIGNATURES: tuple[tuple[Any, str, str], ...] = (
    (RTCDtlsTransport, "__init__", "self, transport, certificates"),
    (RTCDtlsTransport, "_handle_rtp_data", "self, data, arrival_time_ms"),
    (RTCDtlsTransport, "_handle_rtcp_data", "self, data"),
    (RTCDtlsTransport, "_recv_next", "self"),
    (RTCDtlsTransport, "_send_rtp", "self, data"),
    (RTCDtlsTransport, "_set_role", "self, role"),
    (RTCCertificate, "_create_ssl_context", "self, srtp_profiles"),
    (RTCSctpTransport, "__init__", "self, transport, port"),
    (RTCSctpTransport, "_data_channel_receive", "self, stream_id, pp_id, data"),
    (RTCSctpTransport, "_handle_data", "self, data"),
    (RTCSctpTransport, "_mark_received", "self, tsn"),
    (RTCSctpTransport, "_receive_data_chunk", "self, chunk"),
    (RTCSctpTransport, "_receive_forward_tsn_chunk", "self, chunk"),
    (RTCSctpTransport, "_receive_sack_chunk", "self, chunk"),
    (RTCSctpTransport, "start", "self, remoteCaps, remotePort"),
    (RTCRtpSender, "__init__", "self, trackOrKind, transport"),
    (rtcpeerconnection, "is_codec_compatible", "a, b"),
    (ice, "get_host_addresses", "use_ipv4, use_ipv6"),
    (ice.StunProtocol, "__init__", "self, receiver"),
    (ice.StunProtocol, "close", "self"),
    (ice.StunProtocol, "connection_made", "self, transport"),
    (ice.StunProtocol, "datagram_received", "self, data, addr"),
    (ice.StunProtocol, "request", "self, request, addr, integrity_key, retransmissions"),
    (ice.Connection, "add_remote_candidate", "self, remote_candidate"),
    (ice.Connection, "build_request", "self, pair, nominate"),
    (ice.Connection, "check_incoming", "self, message, addr, protocol"),
    (ice.Connection, "data_received", "self, data, component"),
    (ice.Connection, "switch_role", "self, ice_controlling"),
)
_ATTRIBUTES: tuple[tuple[Any, str], ...] = (
    (codecs, "CODECS"),
    (codecs, "HEADER_EXTENSIONS"),
    (rtp, "DYNAMIC_PAYLOAD_TYPES"),
    (rtcpeerconnection, "RTCRtpSender"),
    (rtcdtlstransport, "SSL"),
    (rtcicetransport, "Connection"),
    (turn, "UDP_SOCKET_BUFFER_SIZE"),
    (ice.Connection, "remote_candidates"),
    (pylibsrtp, "Error"),
    (pylibsrtp, "ffi"),
)
_INSTANCE_ATTRIBUTES: tuple[tuple[type, str], ...] = (
    (RTCIceGatherer, "_connection"),
    (RTCIceTransport, "_recv"),
    (RTCDtlsTransport, "_data_receiver"),
    (RTCDtlsTransport, "_rx_srtp"),
    (RTCDtlsTransport, "_ssl"),
    (RTCDtlsTransport, "_tx_srtp"),
    (RTCSctpTransport, "_advertised_rwnd"),
    (RTCSctpTransport, "_data_channel_queue"),
    (RTCSctpTransport, "_data_channels"),
    (RTCSctpTransport, "_inbound_streams"),
    (RTCSctpTransport, "_last_received_tsn"),
    (RTCSctpTransport, "_local_tsn"),
    (RTCSctpTransport, "_sack_duplicates"),
    (RTCSctpTransport, "_sack_misordered"),
    (ice.Connection, "ice_controlling"),
    (ice.Connection, "remote_password"),
    (ice.Connection, "_local_candidates"),
    (ice.Connection, "_nominated"),
    (ice.Connection, "_queue"),
    (ice.Connection, "_remote_candidates"),
    (Candidate, "_network_host"),
    (pylibsrtp.Session, "_cdata"),
    (pylibsrtp.Session, "_buffer"),
)
"""Set by the constructors; found by name in their code."""

_FAST_ATTRIBUTES: tuple[tuple[Any, str], ...] = (
    (pylibsrtp.Session, "unprotect_rtcp"),
    (pylibsrtp, "_binding"),
    (getattr(pylibsrtp, "_binding", None), "ffi"),
    (getattr(getattr(pylibsrtp, "_binding", None), "lib", None), "srtp_unprotect"),
)
_FAST_INSTANCE_ATTRIBUTES: tuple[tuple[type, str], ...] = ((pylibsrtp.Session, "_srtp"),)
"""What the fast path needs besides; without it there is the plain one."""

_same_codec = rtcpeerconnection.is_codec_compatible
_make_context = RTCCertificate._create_ssl_context  # pyright: ignore[reportPrivateUsage]
_installed = False


def selfcheck() -> None:
    """Compare the libraries with what this package was written for.

    Raises:
        IncompatibleError: Names what differs, and the versions found.
    """
    differences = [_signature_differs(*one) for one in _SIGNATURES]
    differences += _gone(_ATTRIBUTES, _INSTANCE_ATTRIBUTES)
    found = [difference for difference in differences if difference]
    if found:
        versions = ", ".join(f"{library} {version(library)}" for library in _LIBRARIES)
        raise IncompatibleError(
            f"{versions} differ from what roomdeck was written for: {'; '.join(found)}"
        )


def fast_path_differences() -> list[str]:
    """What the fast path (`sockets`, `srtp`) needs and does not find, by name."""
    return _gone(_FAST_ATTRIBUTES, _FAST_INSTANCE_ATTRIBUTES)


def _gone(
    attributes: Sequence[tuple[Any, str]], of_instances: Sequence[tuple[type, str]]
) -> list[str]:
    gone = [(owner, name) for owner, name in attributes if not hasattr(owner, name)]
    gone += [pair for pair in of_instances if pair[1] not in pair[0].__init__.__code__.co_names]
    return [f"{_name(owner)}.{name} is gone" for owner, name in gone]


def _signature_differs(owner: Any, name: str, expected: str) -> str:
    member = getattr(owner, name, None)
    if member is None:
        return f"{_name(owner)}.{name} is gone"
    actual = ", ".join(inspect.signature(member).parameters)
    return "" if actual == expected else f"{_name(owner)}.{name}({actual}) is not ({expected})"


def _name(owner: Any) -> str:
    return getattr(owner, "__name__", repr(owner))


def install() -> None:
    """Adapt aiortc and aioice once per process; further calls do nothing.

    Raises:
        IncompatibleError: See `selfcheck`.
    """
    global _installed
    if _installed:
        return
    selfcheck()
    _installed = True
    for name in _IMPORTED_LATE:
        import_module(name)
    install_codecs()
    _replace(rtcpeerconnection, "is_codec_compatible", is_codec_compatible)
    _replace(RTCCertificate, "_create_ssl_context", _create_ssl_context)
    _replace(ice, "StunProtocol", guard.GuardedProtocol)
    _replace(rtcicetransport, "Connection", Agent)
    _replace(ice, "get_host_addresses", guard.host_addresses)
    _replace(turn, "UDP_SOCKET_BUFFER_SIZE", guard.RECEIVE_BUFFER)


def install_sender(sender: type) -> None:
    """Let aiortc's peer connections make senders of this class (`aiortc.RTCRtpSender`'s shape)."""
    install()
    _replace(rtcpeerconnection, "RTCRtpSender", sender)


def _replace(owner: Any, name: str, value: Any) -> None:
    setattr(owner, name, value)


def is_codec_compatible(a: RTCRtpCodecParameters, b: RTCRtpCodecParameters) -> bool:
    """As in aiortc, and VP9 profiles (other bit depths) are not each other's equals."""
    if not _same_codec(a, b):
        return False
    if a.mimeType.lower() != "video/vp9":
        return True
    return _vp9_profile(a) == _vp9_profile(b)


def _vp9_profile(codec: RTCRtpCodecParameters) -> str:
    return str(codec.parameters.get("profile-id") or "0")


def _create_ssl_context(
    self: RTCCertificate, srtp_profiles: list[rtcdtlstransport.SRTPProtectionProfile]
) -> SSL.Context:
    context = _make_context(self, srtp_profiles)
    context.set_cipher_list(CIPHERS)
    # Nobody needs new keys for what we receive, and each agreement takes milliseconds.
    context.set_options(SSL.OP_NO_RENEGOTIATION)
    return context
