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

    @property
    def brings_patch_set(self) -> bool:
        """Whether the server wrote this because a patch set was uploaded (or made by it)."""
        return bool(self.tag and self.tag.endswith("PatchSet")) or bool(_BRINGS.match(self.message))


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
