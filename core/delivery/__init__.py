"""From the takes of a session to what people work with: files to edit, timelines, a report."""
