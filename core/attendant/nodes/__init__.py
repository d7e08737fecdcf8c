"""What goes on beside recordings on nodes of a cluster: there, and how it is heard of here.

Files are sent and removed where they are, by an attendant on the node: nobody's child, kept by the
workers there (`core/worker/beside.py`), which needs neither an engine nor Ray. What it has to tell
waits on its disk until the attendant of the engine comes for it, by the way that workers have
(`core/cluster/door.py`); that one has the session's JSON file, and all others hear it from there.
"""
