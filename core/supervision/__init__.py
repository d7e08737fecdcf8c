"""Several rooms, each with an engine of its own, at the times that it is wanted.

Engines and their workers outlive this process: whatever becomes of it costs no recording anything.
"""
