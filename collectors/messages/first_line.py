"""What does the first line of a change message say? Which patch set, which votes, and is it a reply, an upload or else?

The first line is written by the server and is complete (docs/votes.md). A vote is a token `Label+V`, `Label-V` or
`-Label` (taken back, here value 0) directly behind `Patch Set N:` or `Uploaded patch set N`; the first word that is no
token ends the votes. Servers before 2013 wrote the label's text instead.
"""

import re
from functools import lru_cache
from typing import NamedTuple

ALIASES = {"Approved": "Workflow"}
"""Old names of labels -> the name they are counted under."""

LEGACY_TEXTS = {
    "looks good to me, approved": ("Code-Review", 2),
    "looks good to me, but someone else must approve": ("Code-Review", 1),
    "i would prefer that you didn't submit this": ("Code-Review", -1),
    "i would prefer that you didn't merge this": ("Code-Review", -1),
    "i would prefer this is not merged as is": ("Code-Review", -1),
    "do not submit": ("Code-Review", -2),
    "do not merge": ("Code-Review", -2),
    "verified": ("Verified", 1),
    "works for me": ("Verified", 1),
    "doesn't seem to work": ("Verified", -1),
    "fails": ("Verified", -1),
    "approved": ("Workflow", 1),
    "no score": ("Code-Review", 0),
}
"""What Gerrit before 2.6 wrote for a vote, in lower case -> label and value."""

_HEAD = re.compile(r"(?:Patch Set ([0-9]{1,9}):|Uploaded patch set ([0-9]{1,9})[:.]?)")
_VOTE = re.compile(r"([A-Za-z][A-Za-z0-9-]*?)([+-][0-9]{1,3})\.?")
_TAKEN_BACK = re.compile(r"-([A-Za-z][A-Za-z0-9-]*)\.?")
_INLINE_NOTE = re.compile(r"\(\d+ (?:inline )?comments?\)")


class FirstLine(NamedTuple):
    """`shape` is reply, upload or other; `votes` are (label, value), value 0 for a vote taken back."""

    shape: str
    patch_set: int | None
    votes: tuple[tuple[str, int], ...]
    rest: str


@lru_cache(maxsize=65536)
def parse_first_line(line: str) -> FirstLine:
    """Read the first line of a message. Never fails: a line of no known form has the shape "other" and no votes.

    `rest` is what follows the votes, without the `(3 inline comments)` that old servers put there.
    """
    head = _HEAD.match(line)
    if not head:
        return FirstLine("other", None, (), line)
    reply, upload = head.groups()
    words = line[head.end() :].split()
    votes: dict[str, int] = {}
    for word in words:
        if vote := _VOTE.fullmatch(word):
            votes[_label(vote[1])] = int(vote[2])
        elif back := _TAKEN_BACK.fullmatch(word):
            votes.setdefault(_label(back[1]), 0)
        else:
            break
    else:
        return FirstLine("reply" if reply else "upload", int(reply or upload), tuple(votes.items()), "")
    rest = _INLINE_NOTE.sub("", line[head.end() :]).strip()
    if reply and not votes:
        legacy = [LEGACY_TEXTS.get(text.strip().lower().rstrip(".")) for text in rest.split(";")]
        if rest and all(legacy):
            return FirstLine("reply", int(reply), tuple(dict(vote for vote in legacy if vote).items()), "")
    return FirstLine("reply" if reply else "upload", int(reply or upload), tuple(votes.items()), rest)


def _label(name: str) -> str:
    return ALIASES.get(name, name)
