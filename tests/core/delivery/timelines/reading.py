"""The libraries of the formats, where they are: they have no wheels for every Python."""

from __future__ import annotations

import warnings
from typing import Any

import pytest


def read(text: str, adapter: str) -> Any:
    """Return what OpenTimelineIO makes of a timeline: ``otio_json``, ``fcp_xml``, ``fcpx_xml``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of theirs, on Pythons since 3.12
        otio: Any = pytest.importorskip("opentimelineio")
        return otio.adapters.read_from_string(text, adapter)
