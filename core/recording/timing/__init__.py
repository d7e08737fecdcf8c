"""When a frame is shown: RTP times, sender reports and arrival → times in the file.

Pure: no clock, no I/O. `Timeline` is what a take uses. The rules are in files.md §3.
"""

from .placements import Placed
from .shifts import RIGHT, Shifts
from .timeline import Timeline
from .track import CROWDED
from .zero import from_zero

__all__ = ["CROWDED", "RIGHT", "Placed", "Shifts", "Timeline", "from_zero"]
