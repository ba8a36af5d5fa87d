"""What a long collection is doing: per project, how fast, what it costs the server, when it ends, what is usable already."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from collectors.gerrit.limits import Traffic
from collectors.run import Step

if TYPE_CHECKING:
    from rich.console import RenderableType

EVERY = 60
"""Seconds between lines where there is no terminal to draw on."""

SHOWN = 12
"""Projects shown at a time: those that moved last."""


class State:
    """How far everything has got; `elapsed` counts seconds."""

    def __init__(self, servers: Sequence[Traffic], elapsed: Callable[[], float] = time.monotonic) -> None:
        self.servers, self.elapsed = servers, elapsed
        self.began = elapsed()
        self.steps: dict[tuple[str, str], Step] = {}

    def take(self, step: Step) -> None:
        """Note a step; the project moves to the end."""
        self.steps.pop((step.server, step.project), None)
        self.steps[step.server, step.project] = step

    @property
    def read(self) -> int:
        """Changes read so far."""
        return sum(step.read for step in self.steps.values())

    @property
    def expected(self) -> int | None:
        """Changes there are to read, as far as anybody knows: None while it is not known."""
        found: dict[str, int] = {}
        for step in self.steps.values():
            if step.expected is None:
                return None
            found[step.source] = step.expected
        return sum(found.values()) or None

    def sentence(self) -> str:
        """How much, how fast and how long still: `1,200 of about 3,708 changes, 110 a second, about 23 s left`."""
        seconds, read, expected = self.elapsed() - self.began, self.read, self.expected
        rate = read / seconds if seconds > 1 else 0
        parts = [f"{read:,} of about {max(expected, read):,} changes" if expected else f"{read:,} changes"]
        if rate:
            parts.append(f"{rate:,.0f} a second")
            if expected and expected > read:
                parts.append(f"about {span((expected - read) / rate)} left")
        return ", ".join(parts)

    def cost(self) -> str:
        """What it cost the servers so far; empty where none was asked over REST."""
        requests, received = sum(one.requests for one in self.servers), sum(one.received for one in self.servers)
        waiting, paused = sum(one.waiting for one in self.servers), sum(one.paused for one in self.servers)
        if not requests:
            return ""
        pauses = f", {span(paused)} of pauses it asked for" if paused >= 1 else ""
        return f"{requests:,} requests, {received / 1e6:,.1f} MB, {span(waiting)} of the server's time{pauses}"

    def usable(self) -> str:
        """From when on the answers are right already, for the project with the least; empty while there is nothing."""
        starts = [step.known_from for step in self.steps.values()]
        if not starts or any(start is None for start in starts):
            return ""
        return complete(max(start for start in starts if start is not None))


def complete(known_from: int | None) -> str:
    """`since 2026-05-01`, `all of it`, or nothing."""
    if known_from is None:
        return ""
    return f"since {datetime.fromtimestamp(known_from, UTC):%Y-%m-%d}" if known_from else "all of it"


def span(seconds: float) -> str:
    """`45 s`, `12 min`, `3.5 h`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def drawing(state: State) -> "RenderableType":
    """The state as a table with two lines below, for a terminal."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("Project", overflow="ellipsis", no_wrap=True, max_width=60)
    for title in ("Changes", "Events"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("Complete", no_wrap=True)
    steps = list(state.steps.values())
    for step in steps[-SHOWN:]:
        done = f"{step.read:,} of {step.total:,}" if step.total is not None else f"{step.read:,}"
        table.add_row(f"{step.server}: {step.project}", done, f"{step.events:,}", complete(step.known_from))
    lines: list[RenderableType] = [table] if steps else []
    if len(steps) > SHOWN:
        lines.append(Text(f"and {len(steps) - SHOWN} more projects", style="dim"))
    lines.append(Text(state.sentence() if steps else "Looking for what is new", style="bold"))
    if cost := state.cost():
        lines.append(Text(cost, style="dim"))
    if usable := state.usable():
        lines.append(
            Text("All is in." if usable == "all of it" else f"Answers about times {usable} are complete already.")
        )
    return Group(*lines)


@contextmanager
def progress(shown: bool, terminal: bool, servers: Sequence[Traffic] = ()) -> Iterator[Callable[[Step], None]]:
    """What `collect` reports to: drawn on a terminal, a line a minute elsewhere, nothing at all unless `shown`."""
    if not shown:
        yield lambda step: None
        return
    state = State(servers)
    if not terminal:
        yield _lines(state)
        return
    from rich.console import Console
    from rich.live import Live

    with Live(
        console=Console(stderr=True), transient=True, refresh_per_second=4, get_renderable=lambda: drawing(state)
    ):
        yield state.take


def _lines(state: State) -> Callable[[Step], None]:
    told = state.elapsed()

    def report(step: Step) -> None:
        nonlocal told
        state.take(step)
        if state.elapsed() - told >= EVERY:
            told = state.elapsed()
            parts = [state.sentence(), state.cost(), f"complete {usable}" if (usable := state.usable()) else ""]
            print(f"plustwo: {'; '.join(filter(None, parts))}", file=sys.stderr, flush=True)  # noqa: T201

    return report
