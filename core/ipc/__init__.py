"""What the processes say to each other, and where they find each other.

Engine, workers and clients import this, and never each other: messages that cross a socket, the
folder in which the sockets are, and how one process starts another. Little is imported here, for
every one of them does before it can begin.
"""
