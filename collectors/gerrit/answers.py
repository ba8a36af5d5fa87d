"""What a Gerrit server answers, as far as it is used here; field for field as in its REST documentation.

Times are kept as the server writes them, `2026-08-21 18:37:06.000000000` in UTC; `epoch` reads them.
"""

from calendar import timegm
from datetime import datetime
from functools import lru_cache
from typing import Annotated

import msgspec

from collectors.rows import MAX_NUMBER

Number = Annotated[int, msgspec.Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]
"""A whole number that Gerrit can have meant."""


class Account(msgspec.Struct):
    """AccountInfo; only the number is always there."""

    number: Number | None = msgspec.field(name="_account_id", default=None)
    name: str | None = None
    email: str | None = None
    username: str | None = None
    status: str | None = None
    inactive: bool = False
    tags: list[str] = []


class Listed(msgspec.Struct):
    """ChangeInfo as the index alone answers it: enough to see whether a change moved."""

    number: Number = msgspec.field(name="_number")
    project: str
    updated: str
    meta_rev_id: str = ""
    more_changes: bool = msgspec.field(name="_more_changes", default=False)

    @property
    def tip(self) -> str:
        """What says whether the change moved: the commit of its record, on old servers the time of its last update."""
        return self.meta_rev_id or self.updated


class Message(msgspec.Struct):
    """ChangeMessageInfo."""

    id: str
    date: str
    message: str
    author: Account | None = None
    real_author: Account | None = None
    tag: str | None = None
    patch_set: Number = msgspec.field(name="_revision_number", default=0)


class Approval(msgspec.Struct):
    """ApprovalInfo: an account's vote on the current patch set; None and 0 are no vote."""

    number: Number | None = msgspec.field(name="_account_id", default=None)
    value: Number | None = None


class Label(msgspec.Struct):
    """LabelInfo."""

    all: list[Approval] = []


class ReviewerUpdate(msgspec.Struct):
    """ReviewerUpdateInfo."""

    updated: str
    reviewer: Account
    state: str
    updated_by: Account | None = None


class Attention(msgspec.Struct):
    """AttentionSetInfo."""

    account: Account
    last_update: str
    reason: str = ""


class Revision(msgspec.Struct):
    """RevisionInfo."""

    number: Number = msgspec.field(name="_number")
    created: str
    uploader: Account
    real_uploader: Account | None = None
    description: str | None = None


class Change(msgspec.Struct):
    """ChangeInfo with MESSAGES, DETAILED_LABELS, DETAILED_ACCOUNTS and REVIEWER_UPDATES."""

    number: Number = msgspec.field(name="_number")
    project: str
    branch: str
    change_id: str
    subject: str
    status: str
    created: str
    updated: str
    owner: Account
    messages: list[Message]
    submitted: str | None = None
    submitter: Account | None = None
    submission_id: str | None = None
    topic: str | None = None
    hashtags: list[str] = []
    work_in_progress: bool = False
    is_private: bool = False
    meta_rev_id: str = ""
    total_comment_count: Number = 0
    current_revision_number: Number | None = None
    cherry_pick_of_change: Number | None = None
    cherry_pick_of_patch_set: Number | None = None
    revert_of: Number | None = None
    labels: dict[str, Label] = {}
    reviewer_updates: list[ReviewerUpdate] = []
    attention_set: dict[str, Attention] = {}
    removed_from_attention_set: dict[str, Attention] = {}
    revisions: dict[str, Revision] = {}

    @property
    def tip(self) -> str:
        """As of `Listed`."""
        return self.meta_rev_id or self.updated


class Numbered(msgspec.Struct):
    """ChangeInfo, of which only the number is wanted."""

    number: Number = msgspec.field(name="_number")


class Labelled(msgspec.Struct):
    """ChangeInfo, of which only the labels are wanted."""

    labels: dict[str, Label] = {}


class Comment(msgspec.Struct):
    """CommentInfo, as `/changes/ID/comments` answers it for each path."""

    id: str
    updated: str
    author: Account
    patch_set: Number
    message: str = ""
    line: Number | None = None
    in_reply_to: str | None = None
    unresolved: bool = False


@lru_cache(maxsize=8192)
def epoch(text: str) -> int:
    """Epoch seconds of a time as Gerrit writes it. Raises ValueError."""
    return timegm(datetime.fromisoformat(text[:19]).timetuple())
