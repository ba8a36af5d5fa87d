"""Fold the meta commits of one change, oldest first, into the change's rows."""

from collections.abc import Iterable, Sequence
from typing import Any

from collectors.messages.conversation import UNCLEAR, Reading, Remark, add_messages
from collectors.notedb.commit import (
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
from collectors.problems import Malformed
from collectors.rows import (
    Aside,
    Attention,
    Change,
    ChangeRows,
    Event,
    PatchSet,
    Reviewer,
    SubmitRecord,
    in_order,
    qualified,
)


def read_change(
    reading: Reading, number: int, ref: str, tip: str, raw: Iterable[RawCommit], remarks: Sequence[Remark]
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
    unclear = add_messages(rows, reading, commits, remarks)
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
        self.cherry_pick_of: str | None = None
        self.submitted: dict[int, int] = {}
        self.merged_at: int | None = None
        self.submitter: int | None = None
        self.numbers: set[int] = set()
        self.states: dict[int, str] = {}
        self.patch_sets: list[PatchSet] = []
        self.events: list[Event] = []
        self.submit_records: list[SubmitRecord] = []
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
        self.cherry_pick_of = values.get("Cherry-pick-of", self.cherry_pick_of)
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
            reviewers=in_order(self.reviewers), attention=self.attention,
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
            cherry_pick_of=self.cherry_pick_of, revert_of=parse_change_number(first.values.get("Revert-of", "")),
            meta_rev=self.tip, gone_at=None,
        )  # fmt: skip
