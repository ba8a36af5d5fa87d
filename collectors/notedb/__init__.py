"""Gerrit's own record in git (NoteDb): `refs/changes/NN/NNNN/meta`, one commit an event, comments in the tip's tree."""
