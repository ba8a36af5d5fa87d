"""Where do the votes in the messages and the server's `Label:` footers differ, and what kind of difference is it?

The messages are what we count (docs/votes.md says why); the footers are an independent record of the same acts.
Footers also carry state that is nobody's act, and storage conversions wrote or lost some. Each class has a name.
"""

from collections.abc import Callable, Sequence

from collectors.messages.first_line import parse_first_line
from collectors.messages.votes import removals
from collectors.notedb.commit import FooterVote, MetaCommit
from collectors.rows import Vote, VoteDifference

CLASSES = {
    "zero, no vote stood": "a footer with the value 0 for somebody without a vote there: state, no act",
    "copied to a new patch set": "a footer in the commit that brings a patch set: the server copied the vote, no act",
    "state without a message": "a footer in a commit with no message: written by a storage conversion, no act",
    "put again at submit": "a footer in the commit that merges the change: the server repeats the votes, no act",
    "repeated beside another act": "a footer whose vote by that person already stood with that value: state, no act",
    "put for somebody else": "a footer for a vote of somebody other than the author of the commit: state, no act",
    "value differs": "message and footer name the same vote with different values",
    "message only": "the message has the vote and the footers do not: lost by a storage conversion",
    "removal, message only": "the message says a vote was removed and no footer does",
    "footer only": "the footer has a vote that no message mentions",
}
"""Class of difference -> what it is. All but the last four are state that is no act of a person."""


def differences(
    change_id: int, account: Callable[[int | None], int | None], commits: Sequence[MetaCommit], votes: Sequence[Vote]
) -> list[VoteDifference]:
    """Every difference of one change, in order of its commits; `votes` are the change's, from its messages."""
    rows: list[VoteDifference] = []
    seq = -1
    for commit in commits:
        seq += bool(commit.message)
        line = parse_first_line(commit.message.partition("\n")[0]) if commit.message else None
        said = dict(line.votes) if line else {}
        removed_here = commit.message.startswith("Removed ")
        if not commit.labels and not said and not removed_here:
            continue
        reviewer_removed = any(state == "REMOVED" for state, _ in commit.reviewers)  # its own footer says it all
        if (
            not removed_here
            and len(commit.labels) == len(said)
            and all(footer.voter is None and said.get(footer.label) == footer.value for footer in commit.labels)
        ):
            continue  # the usual case: both say the same
        removed = {label for label, *_ in removals(commit.message) if not reviewer_removed}
        patch_set = (line.patch_set if line else None) or commit.patch_set
        found: list[tuple[int | None, str, int | None, int | None, str]] = []
        left = dict(said)
        for footer in commit.labels:
            label = footer.label
            if label == "SUBM":
                continue
            own = footer.voter is None or footer.voter == commit.author
            voter = commit.author if footer.voter is None else footer.voter
            if own and label in left:
                value = left.pop(label)
                if value != footer.value:
                    found.append((voter, label, value, footer.value, "value differs"))
                continue
            if footer.value == 0 and label in removed:
                removed.discard(label)
                continue
            stood = _standing(votes, seq, (account(voter), patch_set, label))
            found.append((voter, label, None, footer.value, _class(commit, footer, own, stood)))
        found += [(commit.author, label, value, None, "message only") for label, value in left.items()]
        found += [(None, label, 0, None, "removal, message only") for label in sorted(removed)]
        for voter, label, message_value, footer_value, name in found:
            rows.append(
                VoteDifference(
                    change_id,
                    len(rows),
                    commit.sha,
                    commit.at,
                    account(voter),
                    label,
                    message_value,
                    footer_value,
                    name,
                )
            )
    return rows


def _standing(votes: Sequence[Vote], seq: int, key: tuple[int | None, int, str]) -> int:
    """Value of the vote on (voter, patch set, label) that stood before message `seq`; 0 for none."""
    for vote in votes:
        if (vote.account_id, vote.patch_set, vote.label) == key and vote.seq < seq:
            if vote.ended_seq is None or vote.ended_seq >= seq:
                return vote.value
    return 0


def _class(commit: MetaCommit, footer: FooterVote, own: bool, stood: int) -> str:
    """Name of the difference where only the footer has the vote."""
    if commit.values.get("Status") == "merged" or commit.message.startswith("Change has been successfully"):
        return "put again at submit"
    if commit.creates_patch_set:
        return "copied to a new patch set"
    if not commit.message:
        return "state without a message"
    if footer.value == 0 and not stood:
        return "zero, no vote stood"
    if footer.value == stood:
        return "repeated beside another act"
    return "footer only" if own else "put for somebody else"
