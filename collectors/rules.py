"""What of the configuration changes how records are read: which texts are CI commands, which accounts are bots."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from collectors.messages.speech import RECHECK


@dataclass(frozen=True, slots=True)
class Rules:
    """`recheck` matches a whole text; `bots` are account numbers, names or addresses, by server id."""

    recheck: re.Pattern[str] = re.compile(RECHECK)
    bots: Mapping[int, Sequence[str]] = field(default_factory=dict)
