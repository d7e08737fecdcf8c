"""The widgets of the dashboard; they know what they show, and no app."""
