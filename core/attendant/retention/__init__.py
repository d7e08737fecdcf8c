"""Takes that were kept long enough, or whose room is needed, go from the disk, as was asked for.

Only files that a session's JSON file tells of, closed and as it says; where the session is
uploaded, only those of which it was seen that they are there. The JSON file says that they went.
"""
