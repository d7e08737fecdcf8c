"""The media of one connection: decrypted packets in, frames and RTCP out. No I/O, no clock.

Packets find their track by SSRC; an unknown SSRC by its mid header extension, else by its
payload type where only one track has it (RFC 8843, 9.2).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

import msgspec

from ..errors import MediaError
from ..model import EncodedFrame, Kind
from ..rtp.packet import ExtensionIds, RtpPacket, parse_rtp
from ..rtp.rtcp import SenderReportPacket, build_remb, join_rtcp, parse_rtcp
from ..rtp.sources import Arrival
from ..rtp.track import TrackReceiver
from ..rtp.twcc import TransportFeedback
from .negotiation import Agreement, Track

log = logging.getLogger(__name__)

REMB_INTERVAL = 1.0
_MAX_SSRCS = 256
MAX_SOURCES = 1000
"""SSRCs in the life of a connection: libsrtp keeps each, and looks through all at each packet."""
_PADDING = 0x20
"""Bit of an RTP packet's first byte: its last byte says how many to take away."""
_MAX_COMPLAINTS = 3

Packet = tuple[int, int, float]
"""Where a packet begins and ends in a memory, and when it arrived: monotonic seconds."""
Deliver = Callable[[str, Sequence[EncodedFrame]], None]


class ReceivedTrack:
    """One media section and what receives it."""

    def __init__(self, track: Track) -> None:
        """Start a receiver for the formats that were agreed on."""
        self.track = track
        self.receiver = TrackReceiver(track.info.kind, track.choice.payloads, track.local_ssrc)
        self.learn(track)

    def learn(self, track: Track) -> None:
        """Take what a newer offer says of the same formats."""
        self.track = track
        self.receiver.learn(track.choice.codec, track.choice.parameter_sets)

    @property
    def mid(self) -> str:
        """Of the media section."""
        return self.track.info.mid


class MediaReceiver:
    """All tracks of one connection."""

    def __init__(self, deliver: Deliver, max_bitrate: int) -> None:
        """Start without tracks.

        Args:
            deliver: Called with a track's mid and its next frames.
            max_bitrate: Bits per second that a sender is told to be possible where it does
                not understand transport-wide feedback.
        """
        self.tracks: dict[str, ReceivedTrack] = {}
        self.malformed = 0
        """Packets that could not be parsed."""
        self.unrouted = 0
        """Packets that belong to no track."""
        self.flooded = False
        """Whether more than `MAX_SOURCES` were seen: nothing is taken any more."""
        self.reported_at: float | None = None
        """When RTCP last came."""
        self.restless = False
        """Whether packets are missing that can come again: `tick` should be called soon."""
        self._deliver = deliver
        self._max_bitrate = max_bitrate
        self._routes: dict[int, ReceivedTrack] = {}
        self._ids = ExtensionIds()
        self._ids_of_known = ExtensionIds()
        """Without the MID, which is of no interest where the SSRC is known."""
        self._arrivals = TransportFeedback()
        self._transport_cc = False
        self._remb_due = 0.0
        self._complaints = 0
        self._drained = False
        self._sources: set[int] = set()

    def configure(self, agreement: Agreement, now: float) -> None:
        """Follow a negotiation: tracks whose formats changed start anew."""
        self._ids = agreement.extensions
        self._ids_of_known = msgspec.structs.replace(self._ids, mid=0)
        self._transport_cc = agreement.transport_cc
        agreed = {track.info.mid: track for track in agreement.tracks}
        for mid in list(self.tracks):
            if mid not in agreed or not _compatible(self.tracks[mid].track, agreed[mid]):
                self._remove(mid, now)
        for mid, track in agreed.items():
            if mid in self.tracks:
                self.tracks[mid].learn(track)
            elif track.sending:
                self.tracks[mid] = ReceivedTrack(track)
        for mid, received in self.tracks.items():
            self._routes.update(dict.fromkeys(agreed[mid].ssrcs, received))

    def _remove(self, mid: str, now: float) -> None:
        removed = self.tracks.pop(mid)
        self._routes = {s: route for s, route in self._routes.items() if route is not removed}
        self._end(removed, now)

    def receive(self, data: bytes | bytearray, packets: Iterable[Packet]) -> None:
        """Take decrypted RTP packets, which lie in one memory.

        A packet that finds a fault in our code costs that packet, not the connection.
        """
        if self._drained or self.flooded:
            return
        for ssrc, run in self._by_source(data, packets).items():
            if received := self._routes.get(ssrc):
                self._hand_on(received, self._complete(received, run))

    def _by_source(
        self, data: bytes | bytearray, packets: Iterable[Packet]
    ) -> dict[int, list[Arrival]]:
        """Parse packets and sort those of known tracks by SSRC.

        One step for all packets before the next step is cheaper than all steps for each packet:
        what a step needs stays in the processor's caches.
        """
        ids = self._ids_of_known
        sequences, times = list[int](), list[float]()
        runs: dict[int, list[Arrival]] = {}
        for start, end, now in packets:
            try:
                packet = parse_rtp(data, ids, start, end)
                run = runs.get(packet.ssrc)
                if run is None and packet.ssrc not in self._routes:
                    self._learn(parse_rtp(data, self._ids, start, end))
            except MediaError:
                self.malformed += 1
                continue
            if packet.transport_sequence is not None:
                sequences.append(packet.transport_sequence)
                times.append(now)
            if run is not None:
                run.append((packet, now))
            elif packet.ssrc in self._routes:
                runs[packet.ssrc] = [(packet, now)]
            else:
                self.unrouted += 1
        if self._transport_cc:
            self._arrivals.received(sequences, times)
        return runs

    def _complete(self, received: ReceivedTrack, run: list[Arrival]) -> list[EncodedFrame]:
        """The frames that a track makes of packets; one that finds a fault is passed over."""
        frames: list[EncodedFrame] = []
        rest = iter(run)
        for _ in run:
            try:
                received.receiver.receive(rest, frames)
                break
            except Exception:
                self._complain()
        return frames

    def too_long(self, data: bytes) -> None:
        """Count an encrypted packet that is longer than we can take."""
        if owner := self._owner(data):
            owner.receiver.count_too_long()

    def undecryptable(self, data: bytes | bytearray) -> None:
        """Count a packet that our keys do not open."""
        if owner := self._owner(data):
            owner.receiver.count_undecryptable()

    def _owner(self, data: bytes | bytearray) -> ReceivedTrack | None:
        """Whose an encrypted packet claims to be: its header is in clear, but for anybody to write.

        The padding is not: where it ends, the packet ends.
        """
        try:
            packet = parse_rtp(bytes((data[0] & ~_PADDING,)) + data[1:], self._ids)
        except MediaError:
            packet = None
        owner = (self._routes.get(packet.ssrc) or self._route(packet)) if packet else None
        self.unrouted += owner is None
        return owner

    def _route(self, packet: RtpPacket) -> ReceivedTrack | None:
        """The track of an SSRC that is not known."""
        if packet.mid is not None:
            return self.tracks.get(packet.mid)
        number = packet.payload_type
        matching = [t for t in self.tracks.values() if number in t.track.choice.payloads]
        return matching[0] if len(matching) == 1 else None

    def _learn(self, packet: RtpPacket) -> None:
        """Find the track of an SSRC that is seen for the first time."""
        self._note_source(packet.ssrc)
        route = self._route(packet)
        if route is not None:
            if len(self._routes) >= _MAX_SSRCS:
                del self._routes[next(iter(self._routes))]
            self._routes[packet.ssrc] = route

    def _note_source(self, ssrc: int) -> None:
        self._sources.add(ssrc)
        self.flooded = len(self._sources) > MAX_SOURCES

    def rtcp(self, data: bytes, now: float) -> None:
        """Take one decrypted RTCP packet; sender reports count, goodbyes are ignored.

        A BYE says nothing that the silence after it does not, and some peers send one for a
        retransmission stream (media_path.md §2.6).
        """
        try:
            packets = parse_rtcp(data)
        except MediaError:
            self.malformed += 1
            return
        self.reported_at = now
        if (sender := int.from_bytes(data[4:8], "big")) not in self._routes:
            self._note_source(sender)
        for packet in packets:
            if isinstance(packet, SenderReportPacket) and packet.ssrc in self._routes:
                receiver = self._routes[packet.ssrc].receiver
                receiver.sender_report(packet.ssrc, packet.ntp_64, packet.rtp_timestamp, now)

    def tick(self, now: float) -> list[bytes]:
        """Frames whose time has come, and the RTCP to send; at every tick (`ticker`)."""
        packets: list[bytes] = []
        self.restless = False
        for received in tuple(self.tracks.values()):
            if received.receiver.is_quiet(now):
                continue
            self.restless = self.restless or received.receiver.repairs
            try:
                if frames := received.receiver.poll(now):
                    self._deliver(received.mid, frames)
                packets += received.receiver.feedback(now)
            except Exception:
                self._complain()
        packets += self._rate_feedback(now)
        return join_rtcp(packets)

    def _rate_feedback(self, now: float) -> list[bytes]:
        """What the sender's rate control needs: arrivals, else a fixed estimate."""
        if not (self._arrivals.is_due(now) if self._transport_cc else now >= self._remb_due):
            return []
        sender = next((t.track.local_ssrc for t in self.tracks.values()), 0)
        media = [
            t.receiver.media_ssrc
            for t in self.tracks.values()
            if t.track.info.kind is Kind.VIDEO and t.receiver.media_ssrc is not None
        ]
        if self._transport_cc:
            feedback = self._arrivals.feedback(now, sender, media[0] if media else 0)
            return [feedback] if feedback else []
        if not media:
            return []
        self._remb_due = now + REMB_INTERVAL
        return [build_remb(sender, self._max_bitrate, media)]

    def drain(self, now: float) -> None:
        """Deliver what is complete; whatever comes afterwards is ignored."""
        self._drained = True
        for received in tuple(self.tracks.values()):
            self._end(received, now)

    def _end(self, received: ReceivedTrack, now: float) -> None:
        """A fault in one track does not cost the others."""
        try:
            frames = received.receiver.close(now)
        except Exception:
            self._complain()
        else:
            self._hand_on(received, frames)

    def _hand_on(self, received: ReceivedTrack, frames: list[EncodedFrame]) -> None:
        try:
            if frames:
                self._deliver(received.mid, frames)
        except Exception:
            self._complain()

    def _complain(self) -> None:
        self._complaints += 1
        if self._complaints <= _MAX_COMPLAINTS:
            log.exception("media of a connection could not be handled")


def _compatible(old: Track, new: Track) -> bool:
    return old.choice.payloads == new.choice.payloads
