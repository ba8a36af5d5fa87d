"""Fold the meta commits of one change, oldest first, into the change's rows."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from collectors.messages.first_line import FirstLine, parse_first_line
from collectors.messages.speech import is_act, kind_of
from collectors.messages.votes import Named, Said, votes_of
from collectors.notedb.comments import StoredComment
from collectors.notedb.commit import (
    Malformed,
    MetaCommit,
    RawCommit,
    account_in,
    parse_change_number,
    parse_commit,
    parse_flag,
    parse_optional_account,
    parse_status,
)
from collectors.notedb.crosscheck import differences
from collectors.rows import (
    Aside,
    Attention,
    Change,
    ChangeRows,
    Comment,
    CopiedVote,
    Event,
    Message,
    PatchSet,
    Reviewer,
    SubmitRecord,
    qualified,
)

UNCLEAR = "#votes"
"""Ends the name of an item of which everything was read, but a removed vote could not be told from another."""

NOTHING = FirstLine("other", None, (), "")


@dataclass(frozen=True, slots=True)
class Reading:
    """What is the same for all changes of a project: where it belongs and how texts are read."""

    server_id: int
    project_id: int
    recheck: re.Pattern[str]
    named: Named

    def account(self, number: int | None) -> int | None:
        """The database's id of an account number."""
        return None if number is None else qualified(self.server_id, number)


def read_change(
    reading: Reading, number: int, ref: str, tip: str, raw: Iterable[RawCommit], comments: Sequence[StoredComment]
) -> tuple[ChangeRows, list[Aside]]:
    """Rows of a change from its commits (oldest first) and its comments; malformed commits are skipped and named.

    Raises Malformed where so much is missing that there is no change to speak of.
    """
    commits, asides = [], []
    for one in raw:
        try:
            commits.append(parse_commit(one))
        except Malformed as problem:
            asides.append(Aside(ref, one.sha, str(problem), tip))
    if not commits or not {"Change-id", "Branch"} <= commits[0].values.keys():
        raise Malformed("its first commit does not create a change")
    fold = _Fold(reading, number, tip, commits[0])
    for commit in commits:
        fold.take(commit)
    rows = fold.rows()
    unclear = _add_messages(rows, reading, commits, comments)
    asides += [Aside(f"{ref}{UNCLEAR}", tip, sentence, tip) for sentence in unclear]
    rows.vote_differences = differences(rows.change.id, reading.account, commits, rows.votes)
    return rows, asides


class _Fold:
    """The state of a change while its commits are read in order."""

    def __init__(self, reading: Reading, number: int, tip: str, first: MetaCommit) -> None:
        self.reading, self.number, self.tip = reading, number, tip
        self.id = qualified(reading.server_id, number)
        self.first = self.last = first
        self.owner = reading.account(first.author)
        self.values: dict[str, Any] = {
            "Status": "NEW",
            "Work-in-progress": 0,
            "Private": 0,
            "Topic": "",
            "Hashtags": "",
            "Assignee": None,
        }
        self.branch, self.subject, self.patch_set = "", "", 0
        self.submission_id: str | None = None
        self.submitted: dict[int, int] = {}
        self.merged_at: int | None = None
        self.submitter: int | None = None
        self.numbers: set[int] = set()
        self.states: dict[int, str] = {}
        self.patch_sets: list[PatchSet] = []
        self.events: list[Event] = []
        self.submit_records: list[SubmitRecord] = []
        self.copied_votes: dict[tuple[int, int, str], CopiedVote] = {}
        self.reviewers: list[Reviewer] = []
        self.attention: list[Attention] = []

    def take(self, commit: MetaCommit) -> None:
        """Apply one event."""
        self.last = commit
        if commit.deleted:
            self._delete_patch_set(commit.patch_set)
            return
        values, account = commit.values, self.reading.account
        for label in commit.labels:
            if label.label == "SUBM" and label.value > 0:
                self.submitter = account(label.voter if label.voter is not None else commit.author)
                self.submitted[commit.patch_set] = commit.at
        if values:
            self._take_values(commit)
        for label in commit.copied_labels:
            voter = account(label.voter if label.voter is not None else commit.author)
            if voter is not None and label.label != "SUBM":
                self.copied_votes[commit.patch_set, voter, label.label] = CopiedVote(
                    self.id, commit.patch_set, voter, label.label, label.value, commit.at, None
                )
        if commit.reviewers:
            self._take_reviewers(commit)
        for update in commit.attention:
            rows = self.attention
            who = qualified(self.reading.server_id, update.account)
            rows.append(
                Attention(self.id, len(rows), who, update.operation, commit.at, account(commit.author), update.reason)
            )
        if commit.submitted_with:
            self._take_submit_records(commit.submitted_with)

    def _take_values(self, commit: MetaCommit) -> None:
        values = commit.values
        if "Commit" in values:
            self._take_patch_set(commit)
        elif "Current" in values:
            self.patch_set = commit.patch_set
        self.subject = values.get("Subject", self.subject)
        self.submission_id = values.get("Submission-id", self.submission_id)
        if "Status" in values and self._changed(commit, "status", "Status", parse_status(values["Status"])):
            if self.values["Status"] == "MERGED":
                self.merged_at = commit.at
        for key, kind in (("Work-in-progress", "wip"), ("Private", "private")):
            if key in values:
                self._changed(commit, kind, key, parse_flag(values[key]))
        if "Topic" in values:
            self._changed(commit, "topic", "Topic", values["Topic"])
        if "Hashtags" in values:
            self._changed(commit, "hashtags", "Hashtags", ",".join(sorted(filter(None, values["Hashtags"].split(",")))))
        if "Assignee" in values:
            self._changed(
                commit, "assignee", "Assignee", self.reading.account(parse_optional_account(values["Assignee"]))
            )
        if "Branch" in values:
            branch = values["Branch"].removeprefix("refs/heads/")
            if self.branch and branch != self.branch:
                self._event(commit, "branch", branch)
            self.branch = branch

    def _changed(self, commit: MetaCommit, kind: str, key: str, value: object) -> bool:
        if self.values[key] == value:
            return False
        self.values[key] = value
        self._event(commit, kind, "" if value is None else str(value))
        return True

    def _event(self, commit: MetaCommit, kind: str, value: str) -> None:
        rows = self.events
        rows.append(Event(self.id, len(rows), commit.at, self.reading.account(commit.author), kind, value))

    def _take_patch_set(self, commit: MetaCommit) -> None:
        self.patch_set = commit.patch_set
        if commit.patch_set in self.numbers:
            return
        self.numbers.add(commit.patch_set)
        self.patch_sets.append(
            PatchSet(
                self.id, commit.patch_set, commit.values["Commit"], self.reading.account(commit.author),
                self.reading.account(commit.real_author), commit.at, commit.values.get("Patch-set-description") or None,
            )
        )  # fmt: skip

    def _delete_patch_set(self, number: int) -> None:
        """Servers with drafts could delete a patch set; what was said of it stays."""
        self.patch_sets = [patch_set for patch_set in self.patch_sets if patch_set.number != number]
        self.numbers.discard(number)
        self.patch_set = max(self.numbers, default=0)

    def _take_reviewers(self, commit: MetaCommit) -> None:
        for state, number in commit.reviewers:
            who = qualified(self.reading.server_id, number)
            if who != self.owner and self.states.get(who) != state:
                self.states[who] = state
                rows = self.reviewers
                rows.append(Reviewer(self.id, len(rows), who, state, commit.at, self.reading.account(commit.author)))

    def _take_submit_records(self, lines: list[str]) -> None:
        rows = self.submit_records
        rows.clear()
        for line in lines:
            status, _, rest = line.partition(": ")
            if status == "Rule-Name":
                if rows:
                    rows[-1] = rows[-1]._replace(rule=rest)
                continue
            label, _, ident = rest.partition(": ")
            who = self.reading.account(account_in(ident)) if "<" in ident else None
            rows.append(SubmitRecord(self.id, len(rows), status, None, label or None, who))

    def rows(self) -> ChangeRows:
        """What the commits' footers say; messages, votes and comments are added to it."""
        return ChangeRows(
            self._change(), patch_sets=self.patch_sets, events=self.events, submit_records=self.submit_records,
            copied_votes=[vote for vote in self.copied_votes.values() if vote.value],
            reviewers=self.reviewers, attention=self.attention,
        )  # fmt: skip

    def _submitted_at(self) -> int | None:
        """When the change was submitted: the server's own record of it on the final patch set, else the status's time."""
        return self.submitted.get(self.patch_set, self.merged_at) if self.values["Status"] == "MERGED" else None

    def _change(self) -> Change:
        first, values = self.first, self.values
        return Change(
            id=self.id, project_id=self.reading.project_id, number=self.number, change_key=first.values["Change-id"],
            branch=self.branch, subject=self.subject, status=values["Status"], owner_id=self.owner,
            created_at=first.at, updated_at=self.last.at, merged_at=self._submitted_at(),
            submitter_id=self.submitter, submission_id=self.submission_id, topic=values["Topic"] or None,
            hashtags=values["Hashtags"], wip=values["Work-in-progress"], private=values["Private"], patch_set=self.patch_set,
            cherry_pick_of=first.values.get("Cherry-pick-of"), revert_of=parse_change_number(first.values.get("Revert-of", "")),
            meta_rev=self.tip, gone_at=None,
        )  # fmt: skip


def _add_messages(
    rows: ChangeRows, reading: Reading, commits: list[MetaCommit], comments: Sequence[StoredComment]
) -> list[str]:
    """Messages with their kinds, the votes in them, and the comments; what was unclear about votes, as sentences."""
    change_id = rows.change.id
    published: dict[tuple[int | None, int], list[StoredComment]] = {}
    for comment in comments:
        published.setdefault((comment.author.id, comment.at), []).append(comment)
    said: list[Said] = []
    places: dict[tuple[int | None, int], int] = {}
    seq = -1
    for commit in commits:
        author, text = reading.account(commit.author), commit.message
        dropped = _dropped(reading, commit)
        if not text:
            if dropped:
                said.append(Said(max(seq, 0), commit.at, author, commit.patch_set, NOTHING, "", dropped=dropped))
            continue
        seq += 1
        line = parse_first_line(text.partition("\n")[0])
        with_it = published.get((commit.author, commit.at), ()) if published else ()
        kind = kind_of(line, text, commit.tag, [(c.key.filename, c.message or "") for c in with_it], reading.recheck)
        if with_it and (kind in ("comment", "recheck") or (commit.author, commit.at) not in places):
            places[commit.author, commit.at] = seq
        rows.messages.append(
            Message(
                change_id, seq, commit.sha, author, reading.account(commit.real_author), commit.at,
                line.patch_set or commit.patch_set, commit.tag, kind, is_act(kind, line), text,
            )
        )  # fmt: skip
        if line.votes or dropped or text.startswith("Removed "):
            said.append(Said(seq, commit.at, author, commit.patch_set, line, text, kind == "ci", dropped))
    unclear: list[str] = []
    if said:
        rows.votes, rows.copied_votes, unclear = votes_of(change_id, said, rows.copied_votes, reading.named)
    if comments:
        rows.comments = _comment_rows(change_id, reading, comments, places)
    return unclear


def _dropped(reading: Reading, commit: MetaCommit) -> list[tuple[int | None, str]]:
    """Votes that end because the change moves to another branch: only the footers of that commit tell."""
    if "Branch" not in commit.values or "Change-id" in commit.values:
        return []
    return [
        (reading.account(commit.author if label.voter is None else label.voter), label.label)
        for label in commit.labels
        if not label.value
    ]


def _comment_rows(
    change_id: int, reading: Reading, comments: Sequence[StoredComment], places: dict[tuple[int | None, int], int]
) -> list[Comment]:
    """Comments with their threads; a thread is resolved when its last comment says so."""
    parents = {comment.key.uuid: comment.parent_uuid for comment in comments}
    roots: dict[str, str] = {}
    for uuid in parents:
        root, seen = uuid, {uuid}
        while (parent := parents.get(root)) is not None and parent in parents and parent not in seen:
            root = parent
            seen.add(root)
        roots[uuid] = root
    ordered = sorted(comments, key=lambda c: (c.at, c.key.patch_set_id, c.key.uuid))
    last = {roots[comment.key.uuid]: comment for comment in ordered}
    return [
        Comment(
            change_id, c.key.patch_set_id, c.key.uuid, c.parent_uuid, roots[c.key.uuid],
            places.get((c.author.id, c.at)), reading.account(c.author.id), c.at, c.key.filename, c.line_nbr or None,
            int(bool(c.unresolved)), int(not last[roots[c.key.uuid]].unresolved), c.message or "",
        )
        for c in ordered
    ]  # fmt: skip
