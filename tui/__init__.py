"""The terminal program: command line and headless lines."""
