"""Which votes did the server copy to another patch set, as far as its messages tell (since Gerrit 3.8)? Pure."""

import re
from collections.abc import Iterator

from collectors.messages.first_line import ALIASES

_VOTE = re.compile(r"([A-Za-z][A-Za-z0-9-]*?)([+-][0-9]{1,3})")
_PATCH_SETS = r"((?:[0-9]{1,9}(?: \(was [^()\n]*\))?(?:,? and |, )?)+)"
"""As in `2, 3 (was Code-Review+1)`."""

_ONWARD = re.compile(rf"^\* {_VOTE.pattern} has been copied to patch sets? {_PATCH_SETS}", re.M)
_NO_LONGER = re.compile(
    rf"^\* Copied ([A-Za-z][A-Za-z0-9-]*?)(?:[+-][0-9]{{1,3}})? vote has been removed from patch sets? {_PATCH_SETS}",
    re.M,
)


def copied_here(text: str) -> set[tuple[str, int]]:
    """Label and value of votes that the message of an upload says were copied from the patch set before."""
    part = text.partition("\nCopied Votes:\n")[2].partition("\n\n")[0]
    found = set()
    for line in part.splitlines():
        for vote in line.removeprefix("* ").partition(" (")[0].split(", "):
            if match := _VOTE.fullmatch(vote):
                found.add((ALIASES.get(match[1], match[1]), int(match[2])))
    return found


def copied_onward(text: str) -> Iterator[tuple[str, int, int]]:
    """Label, value and patch set of the author's votes that a reply on an earlier patch set carried to later ones.

    The value 0 stands for a copy that was there and no longer is.
    """
    for label, value, numbers in _ONWARD.findall(text):
        for number in _numbers(numbers):
            yield ALIASES.get(label, label), int(value), int(number)
    for label, numbers in _NO_LONGER.findall(text):
        for number in _numbers(numbers):
            yield ALIASES.get(label, label), 0, int(number)


def _numbers(patch_sets: str) -> list[str]:
    return re.findall(r"[0-9]+", re.sub(r"\(.*?\)", "", patch_sets))
