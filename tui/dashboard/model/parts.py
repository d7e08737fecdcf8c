"""Text with roles: how the model says what a line looks like, without a colour. Pure."""

from __future__ import annotations

Part = tuple[str, str]
"""Text and role: ``record``, ``warning``, ``error``, ``muted``, ``strong`` or nothing; what else
a widget knows is said there."""
Line = tuple[Part, ...]
