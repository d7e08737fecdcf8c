"""The codec table of aiortc's own peer connections.

Publishers offer through `aiortc.RTCPeerConnection`, whose table knows VP8 and two profiles
of H.264 only. Receiving connections do not use it: `negotiation` answers by itself.
"""

from __future__ import annotations

from aiortc import codecs, rtp
from aiortc.rtcrtpparameters import (
    RTCRtcpFeedback,
    RTCRtpCodecParameters,
    RTCRtpHeaderExtensionParameters,
)

from .extensions import AUDIO_LEVEL, MID, TRANSPORT_CC

DYNAMIC_PAYLOAD_TYPES = (*range(35, 64), *range(96, 128))
"""RFC 5761 and what Chromium really uses: AV1 came as 45 there."""

_H264_PROFILES = ("42e01f", "42001f", "4d001f", "64001f", "640c1f")
_VIDEO: tuple[tuple[str, dict[str, int | str | None]], ...] = (
    *(
        (
            "H264",
            {
                "level-asymmetry-allowed": "1",
                "packetization-mode": mode,
                "profile-level-id": profile,
            },
        )
        for profile in _H264_PROFILES
        for mode in ("1", "0")
    ),
    ("VP8", {}),
    ("VP9", {"profile-id": "0"}),
    ("VP9", {"profile-id": "2"}),
    ("AV1", {}),
    ("H265", {}),
)
_FEEDBACK = (("nack", None), ("nack", "pli"), ("ccm", "fir"), ("transport-cc", None))


def _video_codecs() -> list[RTCRtpCodecParameters]:
    """Every video codec with its retransmission format; types from 96 on, then from 35 on."""
    free = iter((*range(96, 128), *range(35, 64)))
    table: list[RTCRtpCodecParameters] = []
    for name, parameters in _VIDEO:
        media, rtx = next(free), next(free)
        table += [
            RTCRtpCodecParameters(
                mimeType=f"video/{name}",
                clockRate=90000,
                payloadType=media,
                rtcpFeedback=[RTCRtcpFeedback(kind, parameter) for kind, parameter in _FEEDBACK],
                parameters=dict(parameters),
            ),
            RTCRtpCodecParameters(
                mimeType="video/rtx", clockRate=90000, payloadType=rtx, parameters={"apt": media}
            ),
        ]
    return table


def _audio_codec(
    name: str, payload_type: int, rate: int, channels: int, parameters: dict[str, int | str | None]
) -> RTCRtpCodecParameters:
    return RTCRtpCodecParameters(
        mimeType=f"audio/{name}",
        clockRate=rate,
        channels=channels,
        payloadType=payload_type,
        rtcpFeedback=[RTCRtcpFeedback("transport-cc")],
        parameters=parameters,
    )


def _audio_codecs() -> list[RTCRtpCodecParameters]:
    """Redundancy before Opus, as a peer that wants it answers."""
    return [
        _audio_codec("red", 63, 48000, 2, {"111/111": None}),
        _audio_codec("opus", 111, 48000, 2, {"minptime": "10", "useinbandfec": "1"}),
        _audio_codec("G722", 9, 8000, 1, {}),
        _audio_codec("PCMU", 0, 8000, 1, {}),
        _audio_codec("PCMA", 8, 8000, 1, {}),
    ]


def install_codecs() -> None:
    """Fill aiortc's tables, which its peer connections look up at each call."""
    rtp.DYNAMIC_PAYLOAD_TYPES = DYNAMIC_PAYLOAD_TYPES
    codecs.CODECS["video"][:] = _video_codecs()
    codecs.CODECS["audio"][:] = _audio_codecs()
    codecs.HEADER_EXTENSIONS["video"][:] = _header_extensions(MID, TRANSPORT_CC)
    codecs.HEADER_EXTENSIONS["audio"][:] = _header_extensions(MID, TRANSPORT_CC, AUDIO_LEVEL)


def _header_extensions(*uris: str) -> list[RTCRtpHeaderExtensionParameters]:
    """Ids are shared by all sections of a bundle, so each URI has one."""
    ids = {MID: 1, AUDIO_LEVEL: 2, TRANSPORT_CC: 5}
    return [RTCRtpHeaderExtensionParameters(id=ids[uri], uri=uri) for uri in uris]
