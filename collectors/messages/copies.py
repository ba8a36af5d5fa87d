"""Which votes did the server copy to another patch set, as far as its messages tell (since Gerrit 3.8)? Pure."""

import re
from collections.abc import Iterator, Mapping

from collectors.messages.first_line import ALIASES

_VOTE = re.compile(r"([A-Za-z][A-Za-z0-9-]*?)([+-][0-9]{1,3})")
_PATCH_SETS = r"((?:[0-9]{1,9}(?: \(was [^()\n]*\))?(?:,? and |, )?)+)"
"""As in `2, 3 (was Code-Review+1)`."""

_ONWARD = re.compile(rf"^\* {_VOTE.pattern} has been copied to patch sets? {_PATCH_SETS}", re.M)
_NO_LONGER = re.compile(
    rf"^\* Copied ([A-Za-z][A-Za-z0-9-]*?)(?:[+-][0-9]{{1,3}})? vote has been removed from patch sets? {_PATCH_SETS}",
    re.M,
)


_UPLOAD = "Copied Votes:\n"
_REPLY = "Copied votes on follow-up patch sets have been updated:\n"


def copied_here(text: str) -> set[tuple[str, int]]:
    """Label and value of votes that the message of an upload says were copied from the patch set before."""
    found = set()
    for line in _second_paragraph(text, _UPLOAD).splitlines():
        for vote in line.removeprefix("* ").partition(" (")[0].split(", "):
            if match := _VOTE.fullmatch(vote):
                found.add((ALIASES.get(match[1], match[1]), int(match[2])))
    return found


def copied_onward(text: str, cast: Mapping[str, int]) -> Iterator[tuple[str, int, int]]:
    """Label, value and patch set of the author's votes that a reply on an earlier patch set carried to later ones.

    The value 0 stands for a copy that was there and no longer is. Only of the votes that the reply's first line has, `cast`:
    what follows may be anybody's words.
    """
    text = _second_paragraph(text, _REPLY)
    for label, value, numbers in _ONWARD.findall(text):
        if cast.get(ALIASES.get(label, label)) != int(value):
            continue
        for number in _numbers(numbers):
            yield ALIASES.get(label, label), int(value), int(number)
    for label, numbers in _NO_LONGER.findall(text):
        if ALIASES.get(label, label) not in cast:
            continue
        for number in _numbers(numbers):
            yield ALIASES.get(label, label), 0, int(number)


def _numbers(patch_sets: str) -> list[str]:
    return re.findall(r"[0-9]+", re.sub(r"\(.*?\)", "", patch_sets))


def _second_paragraph(text: str, heading: str) -> str:
    """What follows `heading` in the paragraph behind the first line: where the server writes it, before anybody's words."""
    body = text.partition("\n")[2].lstrip("\n")
    return body.removeprefix(heading).partition("\n\n")[0] if body.startswith(heading) else ""
