"""The sound of a delivered file: clips of a person → samples at 48 kHz, each in its place."""

from .placing import channels, placed

__all__ = ["channels", "placed"]
