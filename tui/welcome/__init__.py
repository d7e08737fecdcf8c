"""The start screen: rooms that are being recorded, recent ones, and a form for another one."""
