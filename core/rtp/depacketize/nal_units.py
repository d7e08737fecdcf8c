"""What H.264 and H.265 share: NAL units alone, aggregated, or in fragments."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ...errors import MediaError
from ..bitstream.nal import MAX_UNITS, START_CODE, has_too_many, join_annex_b

START = 0x80
_END = 0x40


@dataclass(frozen=True, slots=True)
class NalUnits:
    """Reads the packets of one of the two codecs."""

    name: str
    header: int
    """Bytes of a NAL unit header; a fragment has one more, with its start and end bits."""
    aggregation: int
    """Type of an aggregation packet."""
    fragment: int
    """Type of a fragment."""
    types: range
    """Types of the codec's own NAL units."""
    type_of: Callable[[bytes], int]
    original_header: Callable[[bytes], bytes]
    """Header of the NAL unit that a fragment is part of."""
    is_slice: Callable[[bytes], bool]
    is_first_slice: Callable[[bytes], bool]
    is_random_access: Callable[[bytes], bool]
    unit_key: Callable[[bytes], tuple[int, int] | None]
    """Type and id of a parameter set."""
    without_repeats: Callable[[Iterable[bytes]], Iterable[bytes]]

    def depacketize(self, payloads: Sequence[bytes]) -> bytes:
        """The access unit as Annex B; parameter sets repeated after its first slice are dropped."""
        frame = self._one_unit(payloads) if payloads else b""
        if not frame:
            nals = itertools.islice(self._nals(payloads), MAX_UNITS + 1)
            frame = join_annex_b(self.without_repeats(nals))
        if not frame:
            raise MediaError(f"empty {self.name} frame")
        if has_too_many(frame):
            raise MediaError(f"too many {self.name} units in a frame")
        return frame

    def is_key(self, payloads: Sequence[bytes]) -> bool:
        """Whether the first slice is there and decoding can begin with its picture."""
        try:
            for payload in filter(None, payloads):
                for head in self._heads(payload):
                    if self.is_slice(head):
                        return self.is_random_access(head) and self.is_first_slice(head)
        except MediaError:
            pass
        return False

    def starts_frame(self, payload: bytes) -> bool:
        """Whether it begins with a picture's first slice, or with what comes before slices."""
        try:
            head = next(iter(self._heads(payload)), b"") if payload else b""
        except MediaError:
            return False
        return bool(head) and (self.is_first_slice(head) or not self.is_slice(head))

    def parameter_sets(self, payloads: Sequence[bytes]) -> Sequence[bytes]:
        """Parameter sets before the first slice, also of a frame that is not complete."""
        found: list[bytes] = []
        with contextlib.suppress(MediaError):
            for nal in itertools.islice(self._nals(payloads), MAX_UNITS):
                if self.is_slice(nal):
                    break
                if self.unit_key(nal):
                    found.append(nal)
        return found

    def _one_unit(self, payloads: Sequence[bytes]) -> bytes:
        """The access unit that is one unit in fragments, as most pictures are; else nothing.

        Whatever `_nals` would complain of is none.
        """
        first, last, body = payloads[0], payloads[-1], self.header + 1
        if len(first) <= body or self.type_of(first) != self.fragment or len(last) <= body:
            return b""
        marks, header = first[self.header], self.original_header(first)
        middle = first[: self.header] + bytes((marks & ~START,))
        end = first[: self.header] + bytes((marks & ~START | _END,))
        whole = (
            marks & (START | _END) == START
            and last.startswith(end)
            and all(map(bytes.startswith, payloads[1:-1], itertools.repeat(middle)))
            and self.type_of(header) in self.types
        )
        if not whole:
            return b""
        return b"".join((START_CODE, header, *[payload[body:] for payload in payloads]))

    def _nals(self, payloads: Sequence[bytes]) -> Iterator[bytes]:
        packets = iter(payloads)
        for payload in filter(None, packets):
            kind = self.type_of(payload)
            if kind == self.fragment:
                yield self._join(payload, packets)
            elif kind == self.aggregation:
                yield from self._split(payload)
            else:
                yield self._checked(payload)

    def _join(self, first: bytes, packets: Iterator[bytes]) -> bytes:
        """The unit that begins with this fragment and goes on with the next packets."""
        body = self.header + 1
        marks, header = self._fragment(first)
        if not marks & START:
            raise MediaError(f"{self.name} fragment without its start")
        parts = [self._checked(header), first[body:]]
        if marks & _END:
            return b"".join(parts)
        middle = first[: self.header] + bytes((marks & ~START,))
        for payload in packets:
            parts.append(payload[body:])
            if payload.startswith(middle) or not payload:
                continue  # as nearly all packets of a large frame
            marks, other = self._fragment(payload)
            if marks & START or other != header:
                raise MediaError(f"fragments of different {self.name} units")
            if marks & _END:
                return b"".join(parts)
        raise MediaError(f"{self.name} fragment without its end")

    def _fragment(self, payload: bytes) -> tuple[int, bytes]:
        """The byte with the marks of a fragment, and the header of its unit."""
        if self.type_of(payload) != self.fragment or len(payload) < self.header + 2:
            raise MediaError(f"{self.name} fragment that is empty or without its end")
        return payload[self.header], self.original_header(payload)

    def _split(self, payload: bytes) -> Iterator[bytes]:
        """The NAL units of an aggregation packet."""
        offset = self.header
        while offset < len(payload):
            start = offset + 2
            offset = start + int.from_bytes(payload[offset:start], "big")
            if not start < offset <= len(payload):
                raise MediaError(f"malformed {self.name} aggregation packet")
            yield self._checked(payload[start:offset])

    def _checked(self, nal: bytes) -> bytes:
        """The unit, if it has a whole header and a type of the codec's own."""
        if len(nal) >= self.header and self.type_of(nal) in self.types:
            return nal
        raise MediaError(f"{self.name} payload structure {self.type_of(nal)} is not supported")

    def _heads(self, payload: bytes) -> Iterable[bytes]:
        """The NAL units that begin in a packet; of a fragmented one, its header and one byte."""
        kind = self.type_of(payload)
        if kind == self.aggregation:
            return self._split(payload)
        if kind != self.fragment:
            return (self._checked(payload),)
        body = self.header + 1
        if len(payload) > body and payload[self.header] & START:
            return (self.original_header(payload) + payload[body : body + 1],)
        return ()
