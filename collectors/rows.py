"""The rows collectors write, one named tuple a table, in the order of the table's columns.

A source turns what it read into `ChangeRows`; `collectors.store` replaces a change's rows by them in one transaction.
Account and change ids are the database's (`server_id << 32 | number`); times are epoch seconds UTC.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

MAX_NUMBER = 2**31 - 1
"""The largest number that Gerrit can have meant: its own are 32 bits."""


def qualified(server_id: int, number: int) -> int:
    """The database's id of a server's account or change number."""
    return server_id << 32 | number


class Change(NamedTuple):
    id: int
    project_id: int
    number: int
    change_key: str
    branch: str
    subject: str
    status: str
    owner_id: int | None
    created_at: int
    updated_at: int
    merged_at: int | None
    submitter_id: int | None
    submission_id: str | None
    topic: str | None
    hashtags: str
    wip: int
    private: int
    patch_set: int
    cherry_pick_of: str | None
    revert_of: int | None
    meta_rev: str
    gone_at: int | None


class PatchSet(NamedTuple):
    change_id: int
    number: int
    commit_sha: str | None
    uploader_id: int | None
    real_uploader_id: int | None
    uploaded_at: int
    description: str | None


class Event(NamedTuple):
    change_id: int
    seq: int
    at: int
    account_id: int | None
    kind: str
    value: str


class SubmitRecord(NamedTuple):
    change_id: int
    seq: int
    status: str
    rule: str | None
    label: str | None
    account_id: int | None


class Message(NamedTuple):
    change_id: int
    seq: int
    key: str
    account_id: int | None
    real_account_id: int | None
    at: int
    patch_set: int
    tag: str | None
    kind: str
    act: int
    text: str


class Vote(NamedTuple):
    change_id: int
    seq: int
    label: str
    patch_set: int
    account_id: int | None
    value: int
    at: int
    ended_at: int | None
    ended_how: str | None
    ended_seq: int | None
    machine: int


class CopiedVote(NamedTuple):
    change_id: int
    seq: int
    patch_set: int
    account_id: int
    label: str
    value: int
    at: int
    ended_at: int | None
    ended_seq: int | None


class Comment(NamedTuple):
    change_id: int
    patch_set: int
    uuid: str
    parent_uuid: str | None
    thread_uuid: str
    message_seq: int | None
    account_id: int | None
    at: int
    path: str
    line: int | None
    unresolved: int
    resolved: int
    text: str


class Reviewer(NamedTuple):
    change_id: int
    seq: int
    account_id: int
    state: str
    at: int
    by_id: int | None


def in_order(rows: Iterable[Reviewer]) -> list[Reviewer]:
    """By time, then account: no server tells who of several was added first with one act."""
    return [row._replace(seq=seq) for seq, row in enumerate(sorted(rows, key=lambda row: (row.at, row.account_id)))]


class Attention(NamedTuple):
    change_id: int
    seq: int
    account_id: int
    operation: str
    at: int
    by_id: int | None
    reason: str


class VoteDifference(NamedTuple):
    change_id: int
    seq: int
    revision: str
    at: int
    account_id: int | None
    label: str
    message_value: int | None
    footer_value: int | None
    kind: str


@dataclass(slots=True)
class ChangeRows:
    """Everything known of one change."""

    change: Change
    patch_sets: list[PatchSet] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    submit_records: list[SubmitRecord] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    votes: list[Vote] = field(default_factory=list)
    copied_votes: list[CopiedVote] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    reviewers: list[Reviewer] = field(default_factory=list)
    attention: list[Attention] = field(default_factory=list)
    vote_differences: list[VoteDifference] = field(default_factory=list)


class Aside(NamedTuple):
    """Something malformed: what it is, which revision of it, why it could not be understood, and the item's tip."""

    item: str
    revision: str
    reason: str
    tip: str
