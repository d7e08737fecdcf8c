"""The terminal program: command line, headless lines, dashboard."""
