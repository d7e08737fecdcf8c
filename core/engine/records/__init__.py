"""What an engine leaves behind: the session, its sidecar, its events, and room on the disk."""
