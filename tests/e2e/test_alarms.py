"""An alarm of a real rule on a real dashboard, from its cause to its end."""

from __future__ import annotations

from ..evening.guests import SMALL, Mood
from ..tui.terminal import terminal
from .lab import Lab

RECORD = ("-m", "roomdeck.tui", "record", "lab")
ALARMS = """
workers = 1
[record]
no_report = true
[alarms]
silence = {after = "1s"}
worker-late = false
disk-slow = false
"""


async def test_silence_is_told_on_the_screen_and_is_over_there(lab: Lab) -> None:
    mood = Mood(silent=True)
    lab.publish("alice", seconds=None, source={"fps": SMALL.fps}, opener=mood.source)
    environment = lab.environment | {"ROOMDECK_CONFIG": lab.settings(ALARMS)}
    async with terminal(*RECORD, environment=environment) as screen:
        await screen.shown(" ▲ alice: no sound above -60 dBFS")
        mood.silent = False
        await screen.shown("there is sound again, after ")
        await screen.gone(" ▲ alice: no sound above -60 dBFS")
