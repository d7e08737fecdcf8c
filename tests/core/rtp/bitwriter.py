"""Headers built bit by bit."""

from __future__ import annotations


class BitWriter:
    def __init__(self) -> None:
        self.text = ""

    def put(self, value: int, count: int = 1) -> BitWriter:
        self.text += f"{value:0{count}b}" if count else ""
        return self

    def ue(self, value: int) -> BitWriter:
        digits = f"{value + 1:b}"
        self.text += "0" * (len(digits) - 1) + digits
        return self

    def se(self, value: int) -> BitWriter:
        return self.ue(2 * value - 1 if value > 0 else -2 * value)

    def done(self, *, stop: bool = True) -> bytes:
        """The bytes, with the stop bit of H.264 and H.265 if asked for."""
        text = self.text + ("1" if stop else "")
        text += "0" * (-len(text) % 8)
        return bytes(int(text[index : index + 8], 2) for index in range(0, len(text), 8))


def escape(payload: bytes) -> bytes:
    """Emulation prevention of H.264 and H.265."""
    out = bytearray()
    zeros = 0
    for byte in payload:
        if zeros == 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)
