"""Attached to an engine: following it, its dashboard, signals meanwhile."""
