"""The recorders that are measured beside ours, each a program of its own."""
