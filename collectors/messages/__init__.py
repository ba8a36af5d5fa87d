"""What a change message says: its votes, and whether a person said something. Pure; used for every way of collecting."""
