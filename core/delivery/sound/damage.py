"""What of a file cannot be heard, in words. Pure."""

from __future__ import annotations


class Damage:
    """Collects what is wrong with one file."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._notes: list[str] = []
        self._count = 0
        self._first = self._last = 0.0

    def packet(self, second: float) -> None:
        """A packet that is heard then cannot be used."""
        if not self._count:
            self._first = second
        self._count += 1
        self._last = second

    def whole(self, second: float | None, error: str) -> None:
        """It cannot be read any further than up to a second of the session, or not at all."""
        where = "cannot be read" if second is None else f"cannot be read beyond {second:.1f} s"
        self._notes.append(f"{where}: {error}")

    def missing(self, packets: int, of: int) -> None:
        """So many packets that its recorder wrote are not in it."""
        if packets > 0:
            self._notes.append(f"{packets} of {of} packets of sound are missing")

    @property
    def words(self) -> list[str]:
        """A line for each kind; seconds are those of the session."""
        notes = list(self._notes)
        if self._count:
            when = f"at {self._first:.1f} s"
            if self._last - self._first >= 0.1:
                when = f"between {self._first:.1f} s and {self._last:.1f} s"
            many = f"{self._count} packets" if self._count > 1 else "a packet"
            notes.append(f"{many} of sound cannot be decoded, {when}")
        return [f"{self._name}: {note}; there is silence instead" for note in notes]


class Damages:
    """What is wrong with the files of a person."""

    def __init__(self) -> None:
        self._files: dict[str, Damage] = {}

    def of(self, path: str) -> Damage:
        """Return that of one file."""
        name = path.rpartition("/")[2]
        return self._files.setdefault(name, Damage(name))

    @property
    def words(self) -> list[str]:
        """A line for each kind of each file."""
        return [line for damage in self._files.values() for line in damage.words]
