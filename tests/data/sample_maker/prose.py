"""What people wrote, replaced by stock review remarks."""

from __future__ import annotations

import re

from tests.data.sample_maker.identities import Keyed, letters
from tests.data.sample_maker.patterns import CI_COMMAND, CI_LINES
from tests.data.sample_maker.words import LONG_REMARKS, MEDIUM_REMARKS, RECHECK_REASONS, SHORT_REMARKS, STOCK_ANSWERS


class Prose:
    """Invents remarks, and remembers the lines that they replaced."""

    def __init__(self, keyed: Keyed) -> None:
        self.keyed = keyed
        self.replaced: set[str] = set()

    def remark(self, text: str) -> str:
        """Return an invented remark about as long as a paragraph that somebody wrote."""
        bare = text.strip()
        if bare.rstrip(".!").lower() in STOCK_ANSWERS:
            return text
        spoken = (re.sub(r"^[> ]+", "", line).strip() for line in text.splitlines())
        self.replaced.update(line for line in spoken if len(line) > 30 and not CI_LINES.fullmatch(line))
        pool = SHORT_REMARKS if len(bare) < 60 else MEDIUM_REMARKS if len(bare) < 200 else LONG_REMARKS
        return self.keyed.choose(pool, "remark", bare)

    def lines(self, lines: list[str]) -> list[str]:
        """Replace consecutive lines that somebody wrote; a command to CI among them keeps its word."""
        result: list[str] = []
        pending: list[str] = []

        def flush() -> None:
            if pending:
                quote = re.match(r"[> ]*>\s?|\s*", pending[0])
                prefix = quote[0] if quote else ""
                result.append(prefix + self.remark("\n".join(line[len(prefix) :] for line in pending)))
                pending.clear()

        for line in lines:
            command = CI_COMMAND.fullmatch(line)
            if command is None:
                if pending and line.lstrip().startswith(">") != pending[0].lstrip().startswith(">"):
                    flush()
                pending.append(line)
                continue
            flush()
            reason = self.keyed.choose(RECHECK_REASONS, "reason", command[2]) if letters(command[2]) else ""
            result.append(f"{command[1]} {reason}".rstrip())
        flush()
        return result

    def text(self, text: str) -> str:
        """Replace everything in a text that somebody wrote; blank lines stay."""
        result: list[str] = []
        run: list[str] = []
        for line in [*text.split("\n"), ""]:
            if line.strip():
                run.append(line)
                continue
            result += self.lines(run)
            run = []
            result.append(line)
        return "\n".join(result[:-1])
