"""The line that is only there while something is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from ....core.model import EventLevel, StreamState
from ...text.format import cells, elide
from ..model.glyphs import Glyphs
from ..model.parts import Part
from ..model.view import AlertLine
from .text_line import TextLine


def alert_parts(alerts: Sequence[AlertLine], width: int, glyphs: Glyphs) -> list[Part]:
    """Return the worst alert, its hint, and how many more there are. Pure."""
    worst = alerts[0]
    state = StreamState.FAIL if worst.level is EventLevel.ERROR else StreamState.STALL
    more = f"  +{len(alerts) - 1} more" if len(alerts) > 1 else ""
    hint = f"  {worst.hint}" if worst.hint else ""
    start = f" {glyphs.states[state]} "
    room = width - cells(start) - cells(more) - 1
    if cells(worst.text) + cells(hint) > room and room - cells(hint) < 30:
        hint = ""
    text = elide(worst.text, room - cells(hint), glyphs.ellipsis)
    return [(start + text, worst.level), (hint, "strong"), (more, "muted")]


class AlertBar(TextLine):
    """Shows the worst of some alerts."""

    def update_alerts(self, alerts: Sequence[AlertLine], width: int, glyphs: Glyphs) -> None:
        """Show the first, or nothing."""
        self.display = bool(alerts)
        if alerts:
            self.show(alert_parts(alerts, width, glyphs))
