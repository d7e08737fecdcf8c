"""The command line: what can be typed, and from where each setting comes."""

from .program import main

__all__ = ["main"]
