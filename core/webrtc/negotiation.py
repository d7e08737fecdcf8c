"""Which offered formats are answered: one video codec, one audio codec, receive only.

Pure: offers in, agreements out. An offer is judged together with what was agreed before, so
that a renegotiation changes neither the codec of a track nor its SSRC.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Collection, Mapping, Sequence

import msgspec

from ..config import Sound
from ..errors import IceRestartError, MediaError
from ..model import Codec, Kind
from ..rtp.packet import ExtensionIds
from ..rtp.track import PayloadFormat
from .description import Format, Section, SessionDescription, TransportParameters
from .extensions import AUDIO_LEVEL, MID, TRANSPORT_CC
from .interface import TrackInfo

_VIDEO = {
    "h264": Codec.H264,
    "h265": Codec.H265,
    "vp8": Codec.VP8,
    "vp9": Codec.VP9,
    "av1": Codec.AV1,
}
_AUDIO = {"opus": Codec.OPUS, "g722": Codec.G722, "pcmu": Codec.PCMU, "pcma": Codec.PCMA}
_PARAMETER_SETS = {
    Codec.H264: ("sprop-parameter-sets",),
    Codec.H265: ("sprop-vps", "sprop-sps", "sprop-pps"),
}
_INTERLEAVED = "2"
_EXTENSIONS = {
    Kind.VIDEO: (MID, TRANSPORT_CC),
    Kind.AUDIO: (MID, TRANSPORT_CC, AUDIO_LEVEL),
}


class Wishes(msgspec.Struct, frozen=True):
    """What the user wants recorded."""

    codec: Codec | None = None
    """Preferred video codec; where it is not offered, the first one offered is taken."""
    audio: bool = True
    video: bool = True
    sound: Sound = Sound()


class Choice(msgspec.Struct, frozen=True):
    """The formats answered in one media section, best first."""

    codec: Codec
    formats: tuple[Format, ...]
    """The codec and its retransmission, or redundancy and the codec."""
    payloads: dict[int, PayloadFormat]

    @property
    def parameter_sets(self) -> list[bytes]:
        """NAL units that the offer holds (RFC 6184, 8.1; RFC 7798, 7.1); damaged ones left out."""
        chosen = next(f for f in self.formats if f.name not in ("red", "rtx"))
        names = _PARAMETER_SETS.get(self.codec, ())
        texts = ",".join(chosen.parameter(name) for name in names).split(",")
        return [unit for text in texts if (unit := _decode_base64(text))]


class Track(msgspec.Struct, frozen=True):
    """A media section that can send to us."""

    info: TrackInfo
    choice: Choice
    local_ssrc: int
    """Names us in RTCP."""
    ssrcs: tuple[int, ...]
    """What the offer says the sender uses; may be empty."""
    sending: bool
    """Whether the publisher sends now; false keeps the track for a later offer."""


class SectionAnswer(msgspec.Struct, frozen=True):
    """One section of the answer."""

    section: Section
    accepted: bool
    """Otherwise it is answered with port 0."""
    formats: tuple[Format, ...] = ()
    feedback: tuple[str, ...] = ()
    extensions: dict[str, int] = {}
    receiving: bool = False
    sound: Sound = Sound()


class Agreement(msgspec.Struct, frozen=True):
    """Everything that follows from one offer."""

    sections: tuple[SectionAnswer, ...]
    tracks: tuple[Track, ...]
    extensions: ExtensionIds
    transport_cc: bool
    """Some video or audio track reports arrivals; otherwise a fixed estimate is sent."""
    transport: TransportParameters
    """Of the section that carries the bundle."""
    ice_lite: bool
    channel: Section | None
    """The data channel's section."""
    candidates: tuple[str, ...]


def negotiate(
    offer: SessionDescription, wishes: Wishes, before: Agreement | None = None
) -> Agreement:
    """Decide on an answer.

    Raises:
        MediaError: Nothing can be connected: no ICE credentials, no fingerprint, or the
            offer asks for an ICE restart, which needs a new connection.
    """
    bundle = _bundled(offer)
    transport = _transport(bundle[0], before)
    known = {track.info.mid: track for track in before.tracks} if before else {}
    answers: list[SectionAnswer] = []
    tracks: list[Track] = []
    media_index = 0
    for section in offer.sections:
        answer, track = _answer_section(section, section in bundle, media_index, wishes, known)
        answers.append(answer)
        if track:
            tracks.append(track)
        media_index += section.kind != "application"
    media = [answer for answer in answers if answer.receiving]
    return Agreement(
        sections=tuple(answers),
        tracks=tuple(tracks),
        extensions=_extension_ids(answers),
        transport_cc=any(TRANSPORT_CC in answer.extensions for answer in media),
        transport=transport,
        ice_lite=offer.ice_lite,
        channel=next((a.section for a in answers if a.accepted and not a.formats), None),
        candidates=tuple(line for section in bundle for line in section.candidates),
    )


def _bundled(offer: SessionDescription) -> list[Section]:
    """The sections that share one transport; the first names it (RFC 9143, 7.2).

    Without a BUNDLE group that is the first section alone: one connection has one transport.
    """
    usable = [section for section in offer.sections if not section.rejected]
    by_mid = {section.mid: section for section in usable}
    grouped = [by_mid[mid] for mid in dict.fromkeys(offer.bundle) if mid in by_mid]
    if not usable:
        raise MediaError("every media section of the offer is switched off")
    return grouped or usable[:1]


def _transport(section: Section, before: Agreement | None) -> TransportParameters:
    transport = section.transport
    if before and before.transport.ufrag != transport.ufrag:
        raise IceRestartError("the publisher restarts ICE, which needs a new connection")
    if not transport.fingerprints:
        raise MediaError("the offer has no certificate fingerprint")
    # Lengths of RFC 8839, 5.4; aioice refuses others later and less clearly.
    if not 4 <= len(transport.ufrag) <= 256 or not 22 <= len(transport.password) <= 256:
        raise MediaError("the offer has no usable ICE credentials")
    return transport


def _answer_section(
    section: Section, bundled: bool, index: int, wishes: Wishes, known: Mapping[str, Track]
) -> tuple[SectionAnswer, Track | None]:
    if section.rejected or not bundled:
        return SectionAnswer(section, False, _echo(section)), None
    if section.kind == "application":
        return SectionAnswer(section, section.protocol.endswith("DTLS/SCTP")), None
    if section.kind not in ("audio", "video") or not section.rtcp_mux:
        return SectionAnswer(section, False, _echo(section)), None
    before = known.get(section.mid)
    choice = _choose(section, wishes, before)
    if choice is None:
        return SectionAnswer(section, bool(_echo(section)), _echo(section)), None
    track = _track(section, index, wishes, choice, before)
    return _accept(section, track, wishes.sound), track


def _echo(section: Section) -> tuple[Format, ...]:
    """An answer must list a format even where nothing is to be sent: the first one offered."""
    return tuple(f for f in section.formats.values() if f.mapping)[:1]


def _accept(section: Section, track: Track, sound: Sound) -> SectionAnswer:
    offered = track.choice.formats[-1 if track.info.kind is Kind.AUDIO else 0].feedback
    extensions = {
        uri: section.extensions[uri]
        for uri in _EXTENSIONS[track.info.kind]
        if uri in section.extensions
    }
    if "transport-cc" not in offered:
        extensions.pop(TRANSPORT_CC, None)
    wanted = ["nack", "nack pli", "ccm fir"]
    wanted.append("transport-cc" if TRANSPORT_CC in extensions else "goog-remb")
    feedback = tuple(item for item in wanted if item in offered)
    return SectionAnswer(
        section, True, track.choice.formats, feedback, extensions, track.sending, sound
    )


def _track(
    section: Section, index: int, wishes: Wishes, choice: Choice, before: Track | None
) -> Track:
    kind = choice.codec.kind
    wanted = wishes.audio if kind is Kind.AUDIO else wishes.video
    return Track(
        info=TrackInfo(section.mid, kind, choice.codec, section.msid, index),
        choice=choice,
        local_ssrc=before.local_ssrc if before else random.getrandbits(31) + 1,
        ssrcs=tuple(section.ssrcs),
        sending=wanted and section.direction in ("sendrecv", "sendonly"),
    )


def _choose(section: Section, wishes: Wishes, before: Track | None) -> Choice | None:
    """One codec: what was agreed before, what is preferred, else the first that can be recorded."""
    formats = section.formats.values()
    table = _VIDEO if section.kind == "video" else _AUDIO
    possible = [f for f in formats if f.name in table and _recordable(f, table[f.name])]
    if not possible:
        return None
    preferred = Codec.OPUS if section.kind == "audio" else wishes.codec
    agreed = before.choice.formats if before else ()
    chosen = next(
        (f for f in possible if any(_same(f, a) for a in agreed)),
        next((f for f in possible if table[f.name] is preferred), possible[0]),
    )
    return _with_companions(chosen, table[chosen.name], formats)


def _decode_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _same(one: Format, other: Format) -> bool:
    return (one.payload_type, one.name) == (other.payload_type, other.name)


def _recordable(offered: Format, codec: Codec) -> bool:
    if offered.clock_rate != codec.clock_rate:
        return False
    return codec is not Codec.H264 or offered.parameter("packetization-mode") != _INTERLEAVED


def _with_companions(chosen: Format, codec: Codec, offered: Collection[Format]) -> Choice:
    """The codec with its retransmission (video) or behind its redundancy (audio)."""
    number = chosen.payload_type
    payloads = {number: PayloadFormat(codec=codec, nack="nack" in chosen.feedback)}
    rtx = next((f for f in offered if f.name == "rtx" and f.parameter("apt") == str(number)), None)
    if rtx and codec.kind is Kind.VIDEO:
        payloads[rtx.payload_type] = PayloadFormat(rtx_for=number)
        return Choice(codec, (chosen, rtx), payloads)
    red = next((f for f in offered if _is_redundancy(f, chosen)), None)
    if red and codec.kind is Kind.AUDIO:
        payloads[red.payload_type] = PayloadFormat(red=True)
        return Choice(codec, (red, chosen), payloads)
    return Choice(codec, (chosen,), payloads)


def _is_redundancy(offered: Format, primary: Format) -> bool:
    """RFC 2198 of this codec alone, such as ``111/111``."""
    blocks = offered.parameters.split("/")
    return (
        offered.name == "red"
        and offered.clock_rate == primary.clock_rate
        and set(blocks) == {str(primary.payload_type)}
    )


def _extension_ids(answers: Sequence[SectionAnswer]) -> ExtensionIds:
    """Within a bundle an id means the same everywhere (RFC 9143, 9.2)."""
    ids: dict[str, int] = {}
    for answer in answers:
        for uri, number in answer.extensions.items():
            ids.setdefault(uri, number)
    return ExtensionIds(
        transport_sequence=ids.get(TRANSPORT_CC, 0),
        audio_level=ids.get(AUDIO_LEVEL, 0),
        mid=ids.get(MID, 0),
    )
