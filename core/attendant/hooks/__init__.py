"""Programs and addresses that hear of events.

What a hook is to hear is on the disk (`store`) before anything is done, and beside it up to which
event that is so: the next attendant goes on from there, by what is kept of the session's events. So
nothing is lost or told twice, whoever dies. Each hook has a line of its own (`line`), in which one
event waits for the other.
"""
