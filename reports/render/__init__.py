"""Answers as text: one format a file. Every format renders the same `Answer`, so the numbers are equal everywhere."""
