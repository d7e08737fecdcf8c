"""What an engine costs by itself whose streams are on many nodes."""
