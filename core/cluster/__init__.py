"""Workers on the nodes of a Ray cluster: how they are started there, found and reached.

Ray starts supervisors and tells which nodes there are. It carries no control messages and no media:
the engine speaks with workers themselves, so that they go on when Ray is down. Only the bridge
loads it.
"""
