"""Programs and addresses that hear of events.

What a hook is to hear is on the disk (`store`) before anything is done, under an id that is the
same whenever the event is heard again, so that nothing is lost or told twice where an attendant
dies. Each hook has a line of its own (`line`), in which one event waits for the other.
"""
