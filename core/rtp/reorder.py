"""Packets of one SSRC back in the order in which they were sent."""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from .counters import Counters
from .nack import Missing, NackScheduler
from .packet import RtpPacket

START_WAIT = 0.1
"""Seconds in which a packet sent before the first one to arrive may still come, as a rule."""
MAX_JUMP = 2000
"""A sequence number further away than this is another sequence, or garbage."""
_NEIGHBOURS = 100
_MAX_START = 256
_MAX_HELD = 8192
_MAX_HELD_BYTES = 16_000_000
_MAX_MISSING = 4096
_MAX_GIVEN_UP = 4096
_MAX_SETTLED = 64
_MAX_PADDING = 256
"""Packets without a payload that are looked through for one behind a hole."""
_MAX_NOTICED = 8192
"""Packets in a second that are noticed to be missing one by one: a sender that leaps at every
packet costs no more. Four times what a stream of 40 Mbit/s has."""


class Gap(msgspec.Struct, frozen=True):
    """Stands between packets where others were given up."""

    restarted: bool = False
    """The sequence numbers go on somewhere else: the RTP clock may, too."""


GAP = Gap()
_RESTART = Gap(restarted=True)

Item = tuple[RtpPacket, float] | Gap
"""A packet and when it arrived, or a gap."""


class ReorderBuffer:
    """Holds packets back until those before them are there or given up."""

    def __init__(
        self,
        counters: Counters,
        give_up: float,
        *,
        plain_resends: bool,
        start_wait: float = START_WAIT,
    ) -> None:
        """Start without a packet.

        Args:
            counters: Of the track.
            give_up: Seconds to wait for a missing packet.
            plain_resends: What is asked for comes back on the SSRC itself, not by RTX.
            start_wait: Seconds to wait for what was sent before the first packet to arrive.
        """
        # Ordered: the oldest of many is taken out again and again.
        self.missing: OrderedDict[int, Missing] = OrderedDict()
        """By extended sequence number, ascending; the first one blocks the output."""
        self.base = 0
        """First extended sequence number of this sequence; the sender began with cycle 1."""
        self.highest = 0
        self.arrivals = 0
        """Packets on the SSRC itself, duplicates excluded, late ones included."""
        self.nacks = NackScheduler()
        self._counters = counters
        self._give_up = give_up
        self._plain_resends = plain_resends
        self._start_wait = start_wait
        self._next: int | None = None
        self._held: dict[int, tuple[RtpPacket, float]] = {}
        self._held_bytes = 0
        self._given_up: OrderedDict[int, None] = OrderedDict()
        self._noticed = 0
        self._noticed_since = float("-inf")
        self._start_at: float | None = None
        self._stray: tuple[RtpPacket, float] | None = None

    @property
    def starting(self) -> bool:
        """Whether nothing has been let out yet."""
        return self._next is None

    @property
    def waiting(self) -> bool:
        """Whether time alone can let something out."""
        return bool(self.missing) or bool(self._held)

    def first_run(self) -> list[RtpPacket]:
        """While starting: the first packet and what follows it without a hole in its frame."""
        run: list[RtpPacket] = []
        sequence = self.base
        while self._next is None and sequence in self._held:
            packet, _ = self._held[sequence]
            if run and packet.timestamp != run[0].timestamp:
                break
            run.append(packet)
            sequence += 1
        return run

    def blocked(self) -> tuple[list[int], RtpPacket] | None:
        """What is missing in front of the next packet that is not padding only, and that packet.

        Sequence numbers are extended; ``None`` where nothing waits, or too much is missing.
        """
        if self._next is None or not self.missing:
            return None
        absent: list[int] = []
        end = min(self.highest, self._next + _MAX_PADDING) + 1
        for sequence in range(self._next, end):
            item = self._held.get(sequence)
            if item is None:
                absent.append(sequence)
            elif item[0].payload:
                return absent, item[0]
            if len(absent) > _MAX_SETTLED:
                break
        return None

    def settle(self, absent: list[int], copies: int) -> list[Item]:
        """Go on behind what `blocked` said: so many of them are here otherwise.

        The rest are counted as lost, for they are, but nothing was in them.
        """
        for sequence in absent:
            del self.missing[sequence]
        self.replaced(copies)
        self._counters.lost += len(absent)
        for sequence in range(absent[0], absent[-1]):
            self._held.pop(sequence, None)  # padding
        self._next = absent[-1] + 1
        return self._drain()

    def replaced(self, copies: int) -> None:
        """So many of those that count as lost are here otherwise."""
        self._counters.lost -= copies
        self._counters.recovered += copies

    @property
    def awaited(self) -> int:
        """Sequence number of the packet that need not wait, for it is the next; -1 for none.

        There is none while packets are missing, or before the start.
        """
        expected = self._next
        return -1 if expected is None or self.missing else expected & 0xFFFF

    def follow(self, packets: int) -> None:
        """So many were each the `awaited` one, from the first to the last.

        What `push` would do with nearly all packets, for less: they count as arrived, but in the
        counters (`Counters.follow`).
        """
        if packets and self._next is not None:
            self._next += packets
            self.highest = self._next - 1
            self.arrivals += packets

    def push(self, packet: RtpPacket, now: float, *, repaired: bool = False) -> list[Item]:
        """Take a packet (``repaired``: not from the SSRC itself) and return what is in order."""
        sequence = self._extend(packet.sequence)
        if self._next is None:
            return self._push_at_start(sequence, packet, now, repaired)
        if abs(sequence - self.highest) > MAX_JUMP:
            return [] if repaired else self._push_stray(packet, now)
        if sequence < self._next:
            self._discard(sequence, repaired)
            return []
        if sequence > self.highest:
            skipped = sequence - self.highest - 1
            if skipped and not self._is_noticed(skipped, now):
                return [] if repaired else self._leap(sequence, packet, now)
            self._advance(sequence, packet, now, repaired)
        else:
            self._fill(sequence, packet, now, repaired)
        if self._full:
            return self.expire(now)
        return self._drain()

    def _extend(self, sequence: int) -> int:
        highest = self.highest
        return highest + ((sequence - highest + 0x8000) & 0xFFFF) - 0x8000

    @property
    def _full(self) -> bool:
        return (
            len(self.missing) > _MAX_MISSING
            or len(self._held) > _MAX_HELD
            or self._held_bytes > _MAX_HELD_BYTES
        )

    def _hold(self, sequence: int, packet: RtpPacket, now: float, repaired: bool) -> None:
        self._held[sequence] = packet, now
        self._held_bytes += len(packet.payload)
        counters = self._counters
        counters.bytes += len(packet.payload)
        if repaired:
            counters.recovered += 1
        else:
            counters.received += 1
            self.arrivals += 1

    def _push_at_start(
        self, sequence: int, packet: RtpPacket, now: float, repaired: bool
    ) -> list[Item]:
        if self._start_at is None:
            if repaired:
                return []
            sequence = packet.sequence + 0x10000
            self._start_at = now + self._start_wait
            self.base = self.highest = sequence
            self._counters.expected += 1
        elif abs(sequence - self.highest) > MAX_JUMP:
            return [] if repaired else self._push_stray(packet, now)
        elif sequence in self._held:
            self._counters.duplicates += not repaired
            return []
        self._counters.expected += max(0, sequence - self.highest, self.base - sequence)
        self.base = min(self.base, sequence)
        self.highest = max(self.highest, sequence)
        self._hold(sequence, packet, now, repaired)
        return self.start(now) if len(self._held) >= _MAX_START else self.expire(now)

    def start(self, now: float) -> list[Item]:
        """Stop waiting for what may have been sent before the first packet."""
        if self._next is not None or not self._held:
            return []
        self._next = self.base
        for sequence in range(self.base, self.highest):
            if sequence not in self._held:
                self.missing[sequence] = Missing(now)
        return self._drain()

    def _advance(self, sequence: int, packet: RtpPacket, now: float, repaired: bool) -> None:
        if repaired and sequence > self.highest + _NEIGHBOURS:
            return
        for skipped in range(self.highest + 1, sequence):
            self.missing[skipped] = Missing(now)
        self._counters.expected += sequence - self.highest
        self.highest = sequence
        self._hold(sequence, packet, now, repaired)

    def _is_noticed(self, skipped: int, now: float) -> bool:
        """Whether so many more may be asked for and waited for, as this second goes."""
        if now - self._noticed_since >= 1:
            self._noticed, self._noticed_since = 0, now
        self._noticed += skipped
        return self._noticed <= _MAX_NOTICED

    def _leap(self, sequence: int, packet: RtpPacket, now: float) -> list[Item]:
        """Give up at once all that is missing before a packet."""
        items = self.flush(now)
        skipped = sequence - self.highest - 1
        self._counters.expected += skipped + 1
        self._counters.lost += skipped
        self._next = self.highest = sequence
        self._hold(sequence, packet, now, repaired=False)
        return [*items, GAP, *self._drain()]

    def _fill(self, sequence: int, packet: RtpPacket, now: float, repaired: bool) -> None:
        entry = self.missing.pop(sequence, None)
        if entry is None:
            self._counters.duplicates += not repaired
            return
        self.nacks.answered(entry, now)
        self._hold(sequence, packet, now, repaired)
        if self._plain_resends and entry.tries and not repaired:
            self._counters.received -= 1
            self._counters.recovered += 1

    def _discard(self, sequence: int, repaired: bool) -> None:
        """Too late, or seen before; a sender that probes repeats old packets at will."""
        if sequence in self._given_up:
            del self._given_up[sequence]
            self._counters.late += 1
            self.arrivals += not repaired
        elif not repaired and sequence < self.base:
            self._counters.late += 1
        elif not repaired:
            self._counters.duplicates += 1

    def _push_stray(self, packet: RtpPacket, now: float) -> list[Item]:
        """One packet far away is garbage, two neighbours are where the sequence goes on."""
        stray, self._stray = self._stray, (packet, now)
        if stray is None:
            return []
        distance = ((packet.sequence - stray[0].sequence + 0x8000) & 0xFFFF) - 0x8000
        if not 0 < abs(distance) <= _NEIGHBOURS:
            return []
        items = self.flush(now)
        self._resume((stray[0] if distance > 0 else packet).sequence)
        return [*items, _RESTART, *self.push(*stray), *self.push(packet, now)]

    def _resume(self, sequence: int) -> None:
        """Go on at ``sequence``: a long outage if it is ahead, another beginning if not."""
        target = self._extend(sequence)
        if target > self.highest:
            self._counters.expected += target - self.highest - 1
            self._counters.lost += target - self.highest - 1
        else:
            target = self.base = sequence + 0x10000
            self.arrivals = 0
        self._given_up.clear()
        self._stray = None
        self._next = target
        self.highest = target - 1

    def _drain(self) -> list[Item]:
        items: list[Item] = []
        sequence = self._next
        while sequence is not None and sequence in self._held:
            item = self._held.pop(sequence)
            self._held_bytes -= len(item[0].payload)
            items.append(item)
            sequence += 1
        self._next = sequence
        return items

    def expire(self, now: float) -> list[Item]:
        """Give up what has been missing for too long; to be called every few 10 ms."""
        if self._next is None:
            due = self._start_at is not None and now >= self._start_at
            return self.start(now) if due else []
        items: list[Item] = []
        while self.missing:
            sequence, entry = next(iter(self.missing.items()))
            if not self._must_give_up(entry, now):
                break
            self._forget(sequence, items)
        return items

    def _must_give_up(self, entry: Missing, now: float) -> bool:
        return now - entry.since >= self._give_up or self._full

    def _forget(self, sequence: int, items: list[Item]) -> None:
        del self.missing[sequence]
        self._counters.lost += 1
        if len(self._given_up) >= _MAX_GIVEN_UP:
            self._given_up.popitem(last=False)
        self._given_up[sequence] = None
        self._next = sequence + 1
        if not items or items[-1] is not GAP:
            items.append(GAP)
        items += self._drain()

    def flush(self, now: float) -> list[Item]:
        """Give up everything that is missing and let out the rest."""
        items = self.start(now)
        for sequence in list(self.missing):
            self._forget(sequence, items)
        return items
