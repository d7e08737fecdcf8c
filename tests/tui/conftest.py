"""What tests of screens share."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from textual.css.stylesheet import Stylesheet

from roomdeck.tui.dashboard.model import room


@pytest.fixture(autouse=True, scope="session")
def timeless_rooms() -> Iterator[None]:
    """A room made by hand does not grow old, however long a busy machine takes to look at it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "STALE", math.inf)
        yield


@pytest.fixture(autouse=True, scope="session")
def styles_parsed_once() -> Iterator[None]:
    """Hundreds of apps have the same styles, which take longer to parse than to draw."""
    parse: Any = vars(Stylesheet)["_parse_rules"]
    known: dict[Any, Any] = {}

    def parsed(self: Any, *words: Any, **named: Any) -> Any:
        key = (words, *named.items(), *self._variables.items())
        if key not in known:
            known[key] = parse(self, *words, **named)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parsed)
        yield
