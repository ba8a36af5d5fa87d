"""Turn a change, as Gerrit's REST API answers it, into the change's rows. Pure.

What this way cannot know, and what stands for it, is listed in docs/sources.md.
"""

from collections.abc import Mapping, Sequence

from collectors.gerrit import answers
from collectors.gerrit.answers import epoch
from collectors.gerrit.events import events_of
from collectors.gerrit.spoken import Spoken, brings_patch_set, number_of, spoken, with_removals
from collectors.messages.conversation import UNCLEAR, Reading, Remark, add_messages
from collectors.problems import Malformed
from collectors.rows import (
    Aside,
    Attention,
    Change,
    ChangeRows,
    CopiedVote,
    PatchSet,
    Reviewer,
    in_order,
    qualified,
)

STATUSES = ("NEW", "MERGED", "ABANDONED")


def untold_patch_sets(change: answers.Change) -> bool:
    """Whether some patch set came without a message of its own: only the revisions tell who brought it, and when."""
    told = {one.patch_set for one in change.messages if brings_patch_set(one.tag, one.message)}
    return not told.issuperset(range(1, (change.current_revision_number or 0) + 1))


def rows_of(
    reading: Reading,
    item: str,
    change: answers.Change,
    remarks: Sequence[Remark],
    moves: Mapping[str, Sequence[tuple[int | None, str]]],
) -> tuple[ChangeRows, list[Aside]]:
    """Rows of a change and its comments; `moves` says by message id which votes ended as the change moved to another
    branch. Raises Malformed where it cannot be understood.
    """
    said = spoken(change)
    for one in said:
        one.dropped = moves.get(one.sha, ())
    try:
        said = with_removals(change, said)
        rows = _rows(reading, change, said)
    except ValueError as problem:
        raise Malformed(f"one of its times cannot be read: {problem}") from None
    unclear = add_messages(rows, reading, said, remarks)
    _add_standing_copies(rows, reading, change)
    return rows, [Aside(f"{item}{UNCLEAR}", change.tip, sentence, change.tip) for sentence in unclear]


def _rows(reading: Reading, info: answers.Change, said: Sequence[Spoken]) -> ChangeRows:
    change_id = qualified(reading.server_id, info.number)
    if info.status not in STATUSES:
        raise Malformed(f"its status is {info.status!r}")
    events = events_of(change_id, reading.account, info, said)
    merged = [event.at for event in events if event.kind == "status" and event.value == "MERGED"]
    merged_at = epoch(info.submitted) if info.submitted else merged[-1] if merged else epoch(info.updated)
    picked = info.cherry_pick_of_change
    change = Change(
        id=change_id, project_id=reading.project_id, number=info.number, change_key=info.change_id,
        branch=info.branch, subject=info.subject, status=info.status, owner_id=reading.account(info.owner.number),
        created_at=epoch(info.created), updated_at=epoch(info.updated),
        merged_at=merged_at if info.status == "MERGED" else None,
        submitter_id=reading.account(number_of(info.submitter)), submission_id=info.submission_id,
        topic=info.topic or None, hashtags=",".join(sorted(info.hashtags)), wip=int(info.work_in_progress),
        private=int(info.is_private), patch_set=_current(info, said),
        cherry_pick_of=f"{picked},{info.cherry_pick_of_patch_set or 1}" if picked else None,
        revert_of=info.revert_of, meta_rev=info.tip, gone_at=None,
    )  # fmt: skip
    return ChangeRows(
        change, patch_sets=_patch_sets(change, reading, info, said), events=events,
        reviewers=_reviewers(change, reading, info), attention=_attention(change, reading, info),
    )  # fmt: skip


def _current(info: answers.Change, said: Sequence[Spoken]) -> int:
    return info.current_revision_number or max((message.patch_set for message in said), default=1)


def _patch_sets(change: Change, reading: Reading, info: answers.Change, said: Sequence[Spoken]) -> list[PatchSet]:
    """From the revisions where they were asked for, else from the messages: the first that is filed under a patch set.

    The first patch set came with the change, whatever was said of it later.
    """
    told: dict[int, PatchSet] = {}
    for message in said:
        number = message.patch_set
        if number and number not in told:
            uploader, real = reading.account(message.author), reading.account(message.real_author)
            at = change.created_at if number == 1 else message.at
            told[number] = PatchSet(change.id, number, None, uploader, real, at, None)
    for commit, revision in info.revisions.items():
        told[revision.number] = PatchSet(
            change.id, revision.number, commit, reading.account(revision.uploader.number),
            reading.account(number_of(revision.real_uploader)), epoch(revision.created), revision.description or None,
        )  # fmt: skip
    return [told[number] for number in sorted(told)]


def _reviewers(change: Change, reading: Reading, info: answers.Change) -> list[Reviewer]:
    rows: list[Reviewer] = []
    states: dict[int, str] = {}
    for update in info.reviewer_updates:
        who = reading.account(update.reviewer.number)
        if who is None or who == change.owner_id or states.get(who) == update.state:
            continue
        states[who] = update.state
        by = reading.account(number_of(update.updated_by))
        rows.append(Reviewer(change.id, len(rows), who, update.state, epoch(update.updated), by))
    return in_order(rows)


def _attention(change: Change, reading: Reading, info: answers.Change) -> list[Attention]:
    """The last time of each account only: the server does not tell more."""
    found = [
        (epoch(one.last_update), operation, one)
        for operation, those in (("ADD", info.attention_set), ("REMOVE", info.removed_from_attention_set))
        for one in those.values()
        if one.account.number is not None
    ]
    found.sort(key=lambda entry: (entry[0], entry[2].account.number))
    return [
        Attention(
            change.id, seq, qualified(reading.server_id, one.account.number or 0), operation, at, None, one.reason
        )
        for seq, (at, operation, one) in enumerate(found)
    ]


def _add_standing_copies(rows: ChangeRows, reading: Reading, info: answers.Change) -> None:
    """Votes that stand on the current patch set and were cast before it only: the server copied them there.

    Not of a merged change: what stands there was put again by the submit.
    """
    if info.status == "MERGED":
        return
    current = rows.change.patch_set
    if info.status == "NEW" and info.labels:  # what the server itself shows goes before what messages seem to say
        shown = {
            (reading.account(one.number), label, one.value) for label, those in info.labels.items() for one in those.all
        }
        rows.copied_votes = [
            one
            for one in rows.copied_votes
            if one.patch_set != current or one.ended_seq is not None or (one.account_id, one.label, one.value) in shown
        ]
    known = {(vote.account_id, vote.label) for vote in rows.votes if vote.patch_set == current}
    known |= {(copy.account_id, copy.label) for copy in rows.copied_votes if copy.patch_set == current}
    before = {(vote.account_id, vote.label, vote.value) for vote in rows.votes if vote.patch_set < current}
    first = next((one for one in rows.messages if one.patch_set == current), None)
    at, seq = (first.at, first.seq) if first else (rows.change.created_at, 0)
    for label, info_of_label in info.labels.items():
        for approval in info_of_label.all:
            voter = reading.account(approval.number)
            if voter is None or not approval.value or (voter, label) in known:
                continue
            if (voter, label, approval.value) in before:  # else the message that it was cast in was deleted
                copy = CopiedVote(rows.change.id, seq, current, voter, label, approval.value, at, None, None)
                rows.copied_votes.append(copy)
