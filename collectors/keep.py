"""What another source told of a change before is kept where this one does not tell of it. Pure.

A history read over git goes on over REST: git knows commits, descriptions, what the submit rules said, the whole history of
the attention set, copies that no message names, and topics that were set without a message.
"""

from collectors.rows import Attention, ChangeRows, Event

QUIET_KINDS = ("topic", "hashtags", "assignee")
"""Kinds of events that can happen without a message."""


def keep_what_was_known(new: ChangeRows, old: ChangeRows) -> None:
    """Complete a change's new rows, as a source that tells less read them, by the rows it had."""
    known = {one.number: one for one in old.patch_sets}
    new.patch_sets = [
        one if one.commit_sha or one.number not in known
        else one._replace(commit_sha=known[one.number].commit_sha, description=known[one.number].description)
        for one in new.patch_sets
    ]  # fmt: skip
    if new.change.status == "MERGED" and not new.submit_records:
        new.submit_records = old.submit_records
    messages = {message.key for message in new.messages}
    new.vote_differences = [one for one in old.vote_differences if one.revision in messages]
    settled = new.change.status != "NEW"  # what the server tells then of the current patch set is no copy, or nothing
    copied = {(one.patch_set, one.account_id, one.label) for one in new.copied_votes}
    new.copied_votes += [
        one
        for one in old.copied_votes
        if (settled or one.patch_set < new.change.patch_set)
        and (one.patch_set, one.account_id, one.label) not in copied
    ]
    new.attention = _attention(new, old)
    new.events = _events(new, old)


def _attention(new: ChangeRows, old: ChangeRows) -> list[Attention]:
    """All that was known, and of what is told now what is later or was not known."""
    known = {(one.account_id, one.operation, one.at) for one in old.attention}
    rows = [*old.attention, *(one for one in new.attention if (one.account_id, one.operation, one.at) not in known)]
    return [one._replace(seq=seq) for seq, one in enumerate(sorted(rows, key=lambda one: one.at))]


def _events(new: ChangeRows, old: ChangeRows) -> list[Event]:
    """Quiet events up to when the change was read last are taken from then, if they lead to how it is now; all others are
    as told now.
    """
    until = old.change.updated_at
    now = {"topic": new.change.topic or "", "hashtags": new.change.hashtags}
    last = {one.kind: one.value for one in (*old.events, *(one for one in new.events if one.at > until))}
    kept = [kind for kind in QUIET_KINDS if kind in last and last[kind] == now.get(kind, last[kind])]
    rows = [one for one in old.events if one.kind in kept]
    rows += [one for one in new.events if one.kind not in kept or one.at > until]
    return [one._replace(seq=seq) for seq, one in enumerate(sorted(rows, key=lambda one: one.at))]
