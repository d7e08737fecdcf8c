"""The recorder itself: everything but the terminal.

Importing it never imports textual, rich or typer.
"""
