"""The engine's worker processes, and what it says to them on behalf of the room and of clients."""
