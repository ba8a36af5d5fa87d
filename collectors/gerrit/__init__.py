"""Gerrit's REST API: asking politely, and what can go wrong."""
