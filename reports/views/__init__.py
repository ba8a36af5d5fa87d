"""The views that questions are written over: one SELECT a file, named after the view."""
