"""What of the configuration changes how records are read: what texts and labels mean, which accounts are bots."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from collectors.messages.speech import RECHECK


class Labels(NamedTuple):
    """Which labels mean what; votes on any other label are kept, and mean nothing to the questions."""

    review: Sequence[str] = ("Code-Review",)
    approval: Sequence[str] = ("Workflow",)
    ci: Sequence[str] = ("Verified",)


LABELS = Labels()
"""Default of the section `labels`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`recheck` matches a whole text; `bots` are account numbers, names or addresses, by server id."""

    recheck: re.Pattern[str] = re.compile(RECHECK)
    bots: Mapping[int, Sequence[str]] = field(default_factory=dict)
    labels: Labels = LABELS
