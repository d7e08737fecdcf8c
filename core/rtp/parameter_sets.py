"""What every key frame needs and some senders send once: parameter sets, sequence headers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..model import Codec
from .bitstream import has_units, insert_units, unit_key

MAX_BYTES = 4096
"""Of one set; real ones have less than a hundred."""
MAX_SETS = 64


class ParameterSets:
    """Remembers the last of each, and gives key frames what they come without.

    Hardware encoders send them with their first key frame alone. Later key frames are
    of use only with them: after a loss, and wherever a file begins or is entered.
    """

    def __init__(self) -> None:
        """Start without any."""
        self._known: dict[tuple[Codec, int, int], bytes] = {}

    def learn(self, codec: Codec, units: Iterable[bytes], *, newer: bool = True) -> None:
        """Remember sets; other units are ignored.

        Args:
            codec: Of the units.
            units: NAL units without start codes, or AV1 OBUs without their sizes.
            newer: They replace those that are known; otherwise they fill in for others.
        """
        for unit in units:
            kind = unit_key(codec, unit) if len(unit) <= MAX_BYTES else None
            if kind is None:
                continue
            key = (codec, *kind)
            if newer:
                self._known.pop(key, None)
            self._known.setdefault(key, unit)
        while len(self._known) > MAX_SETS:
            del self._known[next(iter(self._known))]

    def knows(self, codec: Codec) -> bool:
        """Whether there are any for this codec, or it has none."""
        return not has_units(codec) or any(of is codec for of, _, _ in self._known)

    def complete(self, codec: Codec, frame: bytes, own: Sequence[bytes]) -> bytes:
        """Return a key frame with all that it needs, as far as that is known.

        Args:
            codec: Of the frame.
            frame: As in `EncodedFrame.data`.
            own: The sets in it; it gets none of a type that it has.
        """
        there = {kind[0] for unit in own if (kind := unit_key(codec, unit))}
        missing = [
            unit
            for (of, kind, _), unit in sorted(self._known.items(), key=lambda item: item[0][1:])
            if of is codec and kind not in there
        ]
        return insert_units(codec, frame, missing) if missing else frame
