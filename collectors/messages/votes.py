"""Which votes were cast on a change, and what ended each? The recipe is in docs/votes.md.

A vote stands on (voter, patch set, label) until the voter votes again or takes it back there, or somebody removes it.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from collectors.messages.copies import copied_here, copied_onward
from collectors.messages.first_line import ALIASES, FirstLine
from collectors.rows import CopiedVote, Vote

Named = Callable[[str], Collection[int]]
"""Accounts that a name as Gerrit prints it (`Name <mail>`, `Name (12)`, `<GERRIT_ACCOUNT_12>`) may mean."""

_REMOVED_VOTE = re.compile(r"^Removed ([A-Za-z][A-Za-z0-9-]*?)([+-][0-9]{1,3}) by (.+?)\.?$", re.M)
_REMOVED_LIST = re.compile(r"^Removed (?:the following votes|(?:reviewer|cc) .* with the following votes):")
_LISTED = re.compile(r"^\* ([A-Za-z][A-Za-z0-9-]*?)([+-][0-9]{1,3}) by (.+)$", re.M)


class Said(NamedTuple):
    """A message, as far as votes go: `patch_set` is the one the server filed it under.

    `machine` says that a program wrote it; `dropped` are (voter, label) of votes that end with it, unsaid; `removed` are
    reviewers who are removed with it, unsaid, when `newest` is the newest patch set; `copied` are (voter, label, value)
    of votes that the server copied to this patch set with it, value 0 for no longer.
    """

    seq: int
    at: int
    account_id: int | None
    patch_set: int
    line: FirstLine
    text: str
    machine: bool = False
    dropped: Sequence[tuple[int | None, str]] = ()
    copied: Sequence[tuple[int | None, str, int]] = ()
    removed: Sequence[int | None] = ()
    newest: int = 0


Key = tuple[int | None, int, str]
"""Voter, patch set, label."""


class Ballot:
    """The votes of one change while its messages are read in order, and the server's copies of them."""

    def __init__(self, change_id: int, named: Named, told_of_copies: bool) -> None:
        self.change_id, self.named, self.told_of_copies = change_id, named, told_of_copies
        self.votes: list[Vote] = []
        self.copies: list[CopiedVote] = []
        self.unclear: list[str] = []
        self._standing: dict[Key, int] = {}
        self._copied: dict[Key, int] = {}

    def take(self, said: Said) -> None:
        """Read one message."""
        patch_set = said.line.patch_set or said.patch_set
        for label, value in said.line.votes:
            key = (said.account_id, patch_set, label)
            self._end(key, said, "revoted" if value else "taken back")
            if value:
                self._standing[key] = len(self.votes)
                self.votes.append(
                    Vote(
                        self.change_id, said.seq, label, patch_set, said.account_id, value, said.at,
                        None, None, None, int(said.machine),
                    )
                )  # fmt: skip
        for voter, label in said.dropped:
            self._end((voter, patch_set, label), said, "moved")
        if said.removed:
            here = [key for key in (*self._standing, *self._copied) if key[0] in said.removed and key[1] == said.newest]
            for key in here:
                self._end(key, said, "reviewer removed")
        for voter, label, value in said.copied:
            self._put(said, (voter, said.patch_set, label), value)
        if not self.told_of_copies and "\nCopied " in said.text:
            self._copy(said)
        if said.line.shape == "other":
            for label, value, name, how in removals(said.text):
                self._remove(said, label, value, name, how)

    def _copy(self, said: Said) -> None:
        """Copy the votes that an upload says were copied: of that label and value, standing on the patch set before;
        and the author's own, that a reply to an earlier patch set carried to later ones.
        """
        here = said.line.patch_set or said.patch_set
        listed = copied_here(said.text)
        standing = [(key, self.votes[index].value) for key, index in self._standing.items()] if listed else []
        standing += [(key, self.copies[index].value) for key, index in self._copied.items()]
        for (voter, patch_set, label), value in standing:
            if patch_set == here - 1 and (label, value) in listed:
                self._put(said, (voter, here, label), value)
        for label, value, patch_set in copied_onward(said.text, dict(said.line.votes)):
            self._put(said, (said.account_id, patch_set, label), value)

    def _put(self, said: Said, key: Key, value: int) -> None:
        """A copy stands from now on, or none does where the value is 0; one of the same value goes on standing."""
        voter, patch_set, label = key
        index = self._copied.get(key)
        if voter is None or (index is not None and self.copies[index].value == value):
            return
        if index is not None and self.copies[index].seq == said.seq:
            return
        self._end(key, said, "revoted")
        if value:
            self._copied[key] = len(self.copies)
            self.copies.append(
                CopiedVote(self.change_id, said.seq, patch_set, voter, label, value, said.at, None, None)
            )

    def _remove(self, said: Said, label: str, value: int, name: str, how: str) -> None:
        """End the vote that a message says was removed: by the voter's name, or the only one there is."""
        place = (said.patch_set, label)
        holders = {
            key for key, index in self._standing.items() if key[1:] == place and self.votes[index].value == value
        }
        holders |= {
            key for key, index in self._copied.items() if key[1:] == place and self.copies[index].value == value
        }
        if meant := self.named(name):
            holders = {key for key in holders if key[0] in meant}
        if len(holders) == 1:
            self._end(holders.pop(), said, how)
        elif holders:
            self.unclear.append(f"{label}{value:+d} was removed but several people named like {name!r} cast it")

    def _end(self, key: Key, said: Said, how: str) -> None:
        index = self._standing.pop(key, None)
        if index is not None:
            self.votes[index] = self.votes[index]._replace(ended_at=said.at, ended_how=how, ended_seq=said.seq)
        index = self._copied.pop(key, None)
        if index is not None:
            self.copies[index] = self.copies[index]._replace(ended_at=said.at, ended_seq=said.seq)


def votes_of(
    change_id: int, messages: Iterable[Said], named: Named, told_of_copies: bool = True
) -> tuple[list[Vote], list[CopiedVote], list[str]]:
    """All votes cast in `messages` (in order) and the copies, each with its end; what was unclear, as sentences.

    Without `told_of_copies` the lists of copied votes in messages stand for what each message has `copied`.
    """
    ballot = Ballot(change_id, named, told_of_copies)
    for said in messages:
        ballot.take(said)
    return ballot.votes, ballot.copies, ballot.unclear


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
