"""Dialogs. Opened through ui/ask.py, never with exec()."""
