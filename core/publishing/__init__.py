"""Test sources and publishers: what the recorder is tried with."""
