"""Query changes with the options that the server knows: what an old one refuses is left out."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from collectors.gerrit.client import Gerrit
from collectors.gerrit.problems import BadRequest

CHANGE = ("MESSAGES", "DETAILED_LABELS", "DETAILED_ACCOUNTS", "REVIEWER_UPDATES", "SKIP_DIFFSTAT")
"""What a change's rows are made from. Revisions are not among it: they cost a server many times as much as all of this."""

LISTED = ("SKIP_DIFFSTAT",)
"""What is listed out of the index alone."""

REVISIONS = ("ALL_REVISIONS", "DETAILED_ACCOUNTS", "SKIP_DIFFSTAT")

_REFUSED = re.compile(r'"?([A-Z_]{4,})"? is not a valid value')


async def ask_changes(
    gerrit: Gerrit, query: str, most: int, options: Sequence[str], place: Sequence[tuple[str, str]] = ()
) -> list[msgspec.Raw]:
    """The changes that a query finds, each still to be decoded; `place` is `S` where it goes on. Raises RestError.

    Options that the server says it does not know are dropped, one refusal at a time (SKIP_DIFFSTAT came with 3.3).
    """
    left = list(options)
    while True:
        asked = [("q", query), ("n", str(most)), *place, *(("o", name) for name in left)]
        try:
            return await gerrit.get("/changes/", asked, list[msgspec.Raw])
        except BadRequest as problem:
            refused = _REFUSED.search(problem.words)
            if not refused or refused[1] not in left:
                raise
            left.remove(refused[1])


def numbered(numbers: Iterable[int]) -> str:
    """The query for changes by their numbers."""
    return " OR ".join(f"change:{number}" for number in numbers)
