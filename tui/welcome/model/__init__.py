"""What the start screen knows and shows, without Textual."""
