"""Opus (RFC 7587), G.711 and G.722 (RFC 3551): the payload of a packet is the frame."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import MediaError


def depacketize(payloads: Sequence[bytes]) -> bytes:
    """The payload, or several of one timestamp one after the other."""
    if frame := b"".join(payloads):
        return frame
    raise MediaError("no payload")


def is_key(payloads: Sequence[bytes]) -> bool:
    """Sound can be decoded from any packet on."""
    return True


def starts_frame(payload: bytes) -> bool:
    """Every packet is a frame."""
    return bool(payload)
