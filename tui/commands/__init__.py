"""What each command does; the command line says which and how."""
