"""Textual CSS and themes."""
