"""The screens and questions of the dashboard."""
