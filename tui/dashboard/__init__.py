"""The dashboard of one room."""
