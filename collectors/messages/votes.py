"""Which votes were cast on a change, and what ended each? The recipe is in docs/votes.md.

A vote stands on (voter, patch set, label) until the voter votes again or takes it back there, or somebody removes it.
"""

import re
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from collectors.messages.first_line import ALIASES, FirstLine
from collectors.rows import Vote

Named = Callable[[str], Collection[int]]
"""Accounts that a name as Gerrit prints it (`Name <mail>`, `Name (12)`, `<GERRIT_ACCOUNT_12>`) may mean."""

_REMOVED_VOTE = re.compile(r"^Removed ([A-Za-z][A-Za-z0-9-]*?)([+-]\d+) by (.+?)\.?$", re.M)
_REMOVED_LIST = re.compile(r"^Removed (?:the following votes|(?:reviewer|cc) .* with the following votes):")
_LISTED = re.compile(r"^\* ([A-Za-z][A-Za-z0-9-]*?)([+-]\d+) by (.+)$", re.M)


class Said(NamedTuple):
    """A message, as far as votes go: `patch_set` is the one the server filed it under."""

    seq: int
    at: int
    account_id: int | None
    patch_set: int
    line: FirstLine
    text: str


def votes_of(change_id: int, messages: Sequence[Said], named: Named) -> tuple[list[Vote], list[str]]:
    """All votes cast in `messages` (in order), each with its end, and what could not be made out, as sentences."""
    votes: list[Vote] = []
    standing: dict[tuple[int | None, int, str], int] = {}
    unclear: list[str] = []

    def end(key: tuple[int | None, int, str], said: Said, how: str) -> None:
        index = standing.pop(key, None)
        if index is not None:
            votes[index] = votes[index]._replace(ended_at=said.at, ended_how=how, ended_seq=said.seq)

    for said in messages:
        patch_set = said.line.patch_set or said.patch_set
        for label, value in said.line.votes:
            key = (said.account_id, patch_set, label)
            end(key, said, "revoted" if value else "taken back")
            if value:
                standing[key] = len(votes)
                votes.append(
                    Vote(change_id, said.seq, label, patch_set, said.account_id, value, said.at, None, None, None)
                )
        if said.line.shape != "other":
            continue
        for label, value, name, how in removals(said.text):
            holders = [
                key
                for key, index in standing.items()
                if key[1:] == (said.patch_set, label) and votes[index].value == value
            ]
            if meant := named(name):
                holders = [key for key in holders if key[0] in meant]
            if len(holders) == 1:
                end(holders[0], said, how)
            elif holders:
                unclear.append(f"{label}{value:+d} was removed but several people named like {name!r} cast it")
    return votes, unclear


def removals(text: str) -> list[tuple[str, int, str, str]]:
    """Votes that a message says were removed by somebody: label, value, the voter's name as printed, and how."""
    if not text.startswith("Removed "):
        return []
    if _REMOVED_LIST.match(text):
        how = "reviewer removed" if text.startswith(("Removed reviewer", "Removed cc")) else "removed"
        return [(ALIASES.get(label, label), int(value), name, how) for label, value, name in _LISTED.findall(text)]
    return [
        (ALIASES.get(label, label), int(value), name, "removed") for label, value, name in _REMOVED_VOTE.findall(text)
    ]
