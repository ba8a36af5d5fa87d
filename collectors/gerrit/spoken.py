"""The messages of a change, as Gerrit's REST API answers them, in the form that every way of collecting shares. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from collectors.gerrit import answers
from collectors.gerrit.answers import epoch
from collectors.problems import Malformed

_BRINGS = re.compile(
    r"Uploaded patch set |Change has been successfully (?:rebased|cherry-picked|pushed)|"
    r"Patch Set \d+: (?:Patch Set \d+ was rebased|Commit message was |Published edit |Cherry Picked )"
)
"""How messages begin that servers wrote for a new patch set, before they tagged them and when submitting made one."""


@dataclass(slots=True)
class Spoken:
    """A message; see `collectors.messages.conversation.Told`."""

    sha: str
    author: int | None
    real_author: int | None
    at: int
    patch_set: int
    tag: str | None
    message: str
    dropped: Sequence[tuple[int | None, str]] = ()
    copied: Sequence[tuple[int | None, str, int]] = ()
    removed: Sequence[int] = ()

    @property
    def brings_patch_set(self) -> bool:
        """See the function of that name."""
        return brings_patch_set(self.tag, self.message)


def brings_patch_set(tag: str | None, message: str) -> bool:
    """Whether the server wrote a message because a patch set was uploaded (or made by it)."""
    return bool(tag and tag.endswith("PatchSet")) or bool(_BRINGS.match(message))


def number_of(account: answers.Account | None) -> int | None:
    """Gerrit's number of an account."""
    return account.number if account else None


def spoken(change: answers.Change) -> list[Spoken]:
    """The messages of a change in order of time. Raises Malformed."""
    try:
        return [
            Spoken(m.id, number_of(m.author), number_of(m.real_author), epoch(m.date), m.patch_set, m.tag, m.message)
            for m in change.messages
        ]  # fmt: skip
    except ValueError as problem:
        raise Malformed(f"the time of one of its messages cannot be read: {problem}") from None


def with_removals(change: answers.Change, said: Sequence[Spoken]) -> list[Spoken]:
    """The messages, with the reviewers who were removed and no message says so: in a reply, or silently between two.

    Raises ValueError for an unreadable time.
    """
    found = list(said)
    for update in change.reviewer_updates:
        who = update.reviewer.number
        if update.state != "REMOVED" or who is None:
            continue
        at, by = epoch(update.updated), number_of(update.updated_by)
        with_it = [one for one in found if one.at == at and one.author == by]
        if any(_says_removed(one.message, who) for one in with_it):
            continue
        replies = [one for one in with_it if one.message.startswith("Patch Set ")] or with_it
        if replies:  # of several in one second the last: what the removed one said goes before
            replies[-1].removed = [*replies[-1].removed, who]
        else:
            place = sum(one.at <= at for one in found)
            patch_set = found[place - 1].patch_set if place else 1
            found.insert(place, Spoken("", by, None, at, patch_set, None, "", removed=[who]))
    return found


def _says_removed(message: str, who: int) -> bool:
    """Whether a message says itself that this reviewer was removed; before 3.6 it has a name, which may be anybody's."""
    first = message.partition("\n")[0]
    return first.startswith("Removed ") and (f"<GERRIT_ACCOUNT_{who}>" in first or "<GERRIT_ACCOUNT_" not in first)
