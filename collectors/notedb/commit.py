"""Read one meta commit: who, when, which patch set, the change message, and what the footers say changed.

Format: a subject, an empty line, perhaps a change message, and a last paragraph of footers `Key: value`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import msgspec

from collectors.messages.first_line import ALIASES
from collectors.problems import Malformed
from collectors.rows import MAX_NUMBER

_IDENT = re.compile(r"<([0-9]+)@[^>]*>")
_AUTHOR = re.compile(r"([0-9]+)@.+")
_LABEL = re.compile(r"(-)?([A-Za-z][\w-]*)(?:=([+-]?\d+))?(?:, [0-9a-f]+)?(?: (.*?))?(?::\"(.*)\")?")
REVIEWER_STATES = {"Reviewer": "REVIEWER", "CC": "CC", "Removed": "REMOVED"}
STATUSES = {"new": "NEW", "draft": "NEW", "submitted": "NEW", "merged": "MERGED", "abandoned": "ABANDONED"}


class RawCommit(NamedTuple):
    """One meta commit as git prints it: author address and time (epoch seconds UTC), whole message."""

    sha: str
    parents: str
    author: str
    at: str
    body: str


class FooterVote(NamedTuple):
    """A `Label:` or `Copied-Label:` footer; value 0 stands for "no vote"; `voter` None is the commit's author."""

    label: str
    value: int
    voter: int | None


class AttentionUpdate(msgspec.Struct):
    """The JSON of an `Attention:` footer."""

    person_ident: str
    operation: str
    reason: str = ""

    @property
    def account(self) -> int:
        """Number of the account that enters or leaves. Raises Malformed."""
        return account_in(self.person_ident)


@dataclass(slots=True)
class MetaCommit:
    """One event of a change. Accounts are Gerrit's numbers; `author` None is the server itself.

    `values` are the footers that occur once (Status, Branch, Topic, ...), as written.
    """

    sha: str
    author: int | None
    at: int
    message: str
    patch_set: int = 0
    deleted: bool = False
    real_author: int | None = None
    tag: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    labels: list[FooterVote] = field(default_factory=list)
    copied_labels: list[FooterVote] = field(default_factory=list)
    reviewers: list[tuple[str, int]] = field(default_factory=list)
    attention: list[AttentionUpdate] = field(default_factory=list)
    submitted_with: list[str] = field(default_factory=list)

    @property
    def dropped(self) -> Sequence[tuple[int | None, str]]:
        """Votes that end because the change moves to another branch: only the footers of that commit tell."""
        if "Branch" not in self.values or "Change-id" in self.values:
            return ()
        return [(self.author if one.voter is None else one.voter, one.label) for one in self.labels if not one.value]

    @property
    def copied(self) -> Sequence[tuple[int | None, str, int]]:
        """Votes that the server copied to this patch set: voter, label, value."""
        return [
            (self.author if one.voter is None else one.voter, one.label, one.value)
            for one in self.copied_labels
            if one.label != "SUBM"
        ]

    @property
    def removed(self) -> Sequence[int]:
        """Reviewers who are removed by an event whose message does not say so: their votes go with them."""
        if not self.reviewers or self.message.startswith("Removed "):
            return ()
        return [number for state, number in self.reviewers if state == "REMOVED"]

    @property
    def creates_patch_set(self) -> bool:
        """Whether this event brought a patch set."""
        return "Commit" in self.values


def parse_commit(raw: RawCommit) -> MetaCommit:
    """Read a commit. Raises Malformed when it is not what Gerrit writes."""
    body = raw.body.rstrip("\n")
    subject_end = body.find("\n\n")
    footers_start = body.rfind("\n\n")
    if subject_end < 0:
        raise Malformed("it has no footers")
    message = body[subject_end + 2 : footers_start] if footers_start > subject_end else ""
    commit = MetaCommit(raw.sha, _author(raw.author), _time(raw.at), message)
    for line in body[footers_start + 2 :].split("\n"):
        key, _, value = line.partition(":")
        _take_footer(commit, key, value.strip())
    if not commit.patch_set:
        raise Malformed("it has no Patch-set footer")
    return commit


def _take_footer(commit: MetaCommit, key: str, value: str) -> None:
    if key == "Patch-set":
        commit.patch_set, commit.deleted = _patch_set(value)
    elif key == "Label":
        commit.labels.append(parse_label(value))
    elif key == "Tag":
        commit.tag = value
    elif key in REVIEWER_STATES:
        commit.reviewers.append((REVIEWER_STATES[key], account_in(value)))
    elif key == "Attention":
        commit.attention.append(parse_attention(value))
    elif key == "Submitted-with":
        if "<" in value:
            account_in(value)
        commit.submitted_with.append(value)
    elif key == "Copied-Label":
        commit.copied_labels.append(parse_label(value))
    elif key == "Real-user":
        commit.real_author = account_in(value)
    elif key:
        if check := _CHECKS.get(key):
            check(value)
        commit.values[key] = value


@lru_cache(maxsize=65536)
def _author(address: str) -> int | None:
    """Account number of a commit's author, whose address is `12@server-id`; None for the server itself."""
    match = _AUTHOR.fullmatch(address)
    return _number(match[1], "its author") if match else None


def _time(at: str) -> int:
    if not (at.isascii() and at.isdecimal() and len(at) <= 12):
        raise Malformed(f"its author time is {at[:40]!r}")
    return int(at)


def _number(text: str, what: str) -> int:
    """A whole number that Gerrit can have meant: its own are 32 bits wide."""
    if not re.fullmatch(r"[+-]?[0-9]{1,10}", text) or abs(int(text)) > MAX_NUMBER:
        raise Malformed(f"{what} is {text[:40]!r}, which is no number Gerrit has")
    return int(text)


@lru_cache(maxsize=4096)
def _patch_set(value: str) -> tuple[int, bool]:
    """Number, and whether it was deleted: servers with drafts wrote `3 (DELETED)`, `3 (DRAFT)`, `3 (PUBLISHED)`."""
    number, _, state = value.partition(" ")
    if state and not state.startswith("("):
        raise Malformed(f"its Patch-set footer is {value!r}")
    return _number(number, "its Patch-set footer"), state == "(DELETED)"


@lru_cache(maxsize=65536)
def account_in(ident: str) -> int:
    """Account number in `Gerrit User 12 <12@server-id>`."""
    match = _IDENT.search(ident)
    if not match:
        raise Malformed(f"{ident!r} names no account")
    return _number(match[1], "an account")


@lru_cache(maxsize=65536)
def parse_label(value: str) -> FooterVote:
    """`Code-Review=+2`, `-Code-Review`, each perhaps with an id, the voter and a tag behind it."""
    match = _LABEL.fullmatch(value)
    if not match or (match[1] is None) == (match[3] is None):
        raise Malformed(f"its Label footer is {value!r}")
    _, label, number, ident, _ = match.groups()
    value_given = _number(number or "0", "a vote")
    return FooterVote(ALIASES.get(label, label), value_given, account_in(ident) if ident else None)


def parse_status(value: str) -> str:
    """`merged` -> MERGED."""
    status = STATUSES.get(value.lower())
    if status is None:
        raise Malformed(f"its Status footer is {value!r}")
    return status


def parse_flag(value: str) -> int:
    """`true` -> 1, `false` -> 0."""
    if value.lower() not in ("true", "false"):
        raise Malformed(f"one of its footers should be true or false and is {value!r}")
    return int(value.lower() == "true")


def parse_change_number(value: str) -> int | None:
    """A change's number, or nothing."""
    return _number(value, "its Revert-of footer") if value else None


def parse_optional_account(value: str) -> int | None:
    """An ident, or nothing."""
    return account_in(value) if value else None


_attention = msgspec.json.Decoder(AttentionUpdate)


@lru_cache(maxsize=8192)
def parse_attention(value: str) -> AttentionUpdate:
    """The JSON of an Attention footer."""
    try:
        update = _attention.decode(value)
    except msgspec.MsgspecError as problem:
        raise Malformed(f"its Attention footer cannot be read: {problem}") from None
    account_in(update.person_ident)
    return update


_CHECKS: dict[str, Callable[[str], object]] = {
    "Status": parse_status,
    "Work-in-progress": parse_flag,
    "Private": parse_flag,
    "Assignee": parse_optional_account,
    "Revert-of": parse_change_number,
}
