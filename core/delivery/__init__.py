"""From the takes of a session to what people edit with: files, timelines, a report.

Takes stay as they are; all of this is made from them, and can be made again.
"""
