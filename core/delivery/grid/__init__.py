"""Rough cuts: one picture of everybody, with names, for looking through.

`layout.py`, `speakers.py` and `names.py` are pure: where people are, who is large, what is written.
"""
