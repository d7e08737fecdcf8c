"""The loop as one recorder's worker sees it: packets of several streams, at every tick."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import pylibsrtp

from roomdeck.core.model import Kind
from roomdeck.core.rtp.packet import RtpPacket, build_rtp
from roomdeck.core.webrtc.negotiation import Agreement, Wishes, negotiate
from roomdeck.core.webrtc.sdp import parse_offer
from roomdeck.core.webrtc.ticker import CALM

from ...core.webrtc.offers import CHROMIUM, audio, offer, video
from .load.loop import media_loop
from .load.schedule import TICK, Schedule

RECEIVE_TICK = CALM
"""Seconds between two looks at the sockets."""
SSRCS = {Kind.VIDEO: 7, Kind.AUDIO: 8}
_PAYLOAD_TYPES = {Kind.VIDEO: 102, Kind.AUDIO: 111}
_LEVEL = 30
_KEY = 44
"""Bytes of a key of AES-256-GCM and its salt (RFC 7714, 12)."""


class Recorded(NamedTuple):
    """One stream."""

    agreement: Agreement
    plain: list[list[bytes]]
    """The packets of each tick."""
    encrypted: list[list[bytes]]
    key: bytes

    def session(self) -> pylibsrtp.Session:
        """Return a new context that decrypts it from the begin."""
        return _session(self.key, "SSRC_ANY_INBOUND")


def recorded() -> Recorded:
    """Make the packets of the loop as one publisher sends them."""
    offered = offer(
        video({102: CHROMIUM[102]}, extra=f"a=ssrc:{SSRCS[Kind.VIDEO]} cname:x\r\n"),
        audio(codecs=("opus",), extra=f"a=ssrc:{SSRCS[Kind.AUDIO]} cname:x\r\n"),
    )
    agreement = negotiate(parse_offer(offered), Wishes())
    plain = _packets(agreement)
    key = os.urandom(_KEY)
    sender = _session(key, "SSRC_ANY_OUTBOUND")
    encrypted = [[sender.protect(packet) for packet in tick] for tick in plain]
    return Recorded(agreement, plain, encrypted, key)


def _session(key: bytes, direction: str) -> pylibsrtp.Session:
    policy: Any = pylibsrtp.Policy  # its constants have no types
    profile = policy.SRTP_PROFILE_AEAD_AES_256_GCM
    return pylibsrtp.Session(
        policy(key=key, ssrc_type=getattr(policy, direction), srtp_profile=profile)
    )


def _packets(agreement: Agreement) -> list[list[bytes]]:
    schedule = Schedule(media_loop())
    ticks: list[list[bytes]] = []
    number = 0
    per_tick = round(RECEIVE_TICK / TICK)
    for first in range(0, len(schedule.ticks), per_tick):
        ticks.append([])
        for packet in (p for tick in schedule.ticks[first : first + per_tick] for p in tick):
            number += 1
            kind = packet.kind
            sent = RtpPacket(
                payload_type=_PAYLOAD_TYPES[kind],
                marker=packet.marker,
                sequence=packet.number & 0xFFFF,
                timestamp=packet.rtp_time,
                ssrc=SSRCS[kind],
                payload=packet.payload,
                transport_sequence=number & 0xFFFF,
                audio_level=_LEVEL if kind is Kind.AUDIO else None,
            )
            ticks[-1].append(build_rtp(sent, agreement.extensions))
    return ticks
