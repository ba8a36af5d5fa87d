"""Query changes with the options that the server knows: what an old one refuses is left out."""

import re
from collections.abc import Sequence

import msgspec

from collectors.gerrit.client import Gerrit
from collectors.gerrit.problems import BadRequest

CHANGE = ("MESSAGES", "DETAILED_LABELS", "DETAILED_ACCOUNTS", "REVIEWER_UPDATES", "SKIP_DIFFSTAT")
"""What a change's rows are made from. Revisions are not among it: they cost a server many times as much as all of this."""

REVISIONS = ("ALL_REVISIONS", "DETAILED_ACCOUNTS", "SKIP_DIFFSTAT")

_REFUSED = re.compile(r'"?([A-Z_]{4,})"? is not a valid value')


async def ask_changes(
    gerrit: Gerrit, query: str, most: int, options: Sequence[tuple[str, str]], place: Sequence[tuple[str, str]] = ()
) -> list[msgspec.Raw]:
    """The changes that a query finds, each still to be decoded. Raises RestError.

    Options that the server says it does not know are dropped, one refusal at a time (SKIP_DIFFSTAT came with 3.3).
    """
    options = list(options)
    while True:
        try:
            return await gerrit.get("/changes/", [("q", query), ("n", str(most)), *place, *options], list[msgspec.Raw])
        except BadRequest as problem:
            refused = _REFUSED.search(problem.words)
            if not refused or ("o", refused[1]) not in options:
                raise
            options.remove(("o", refused[1]))
