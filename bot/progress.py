"""A progress bar for a long collection: which project, how many changes and events, how fast, how long still."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from collectors.gerrit.limits import Traffic
from collectors.loop import Step


@contextmanager
def progress(shown: bool, servers: Sequence[Traffic] = ()) -> Iterator[Callable[[Step], None]]:
    """What `collect` reports to. Not shown: nothing at all is printed."""
    if not shown:
        yield lambda step: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("changes"),
        TextColumn("{task.fields[rate]}"), TimeRemainingColumn(compact=True), console=Console(stderr=True), transient=True,
    )  # fmt: skip
    names: list[str] = []
    with bar:
        task = bar.add_task("looking for what is new", total=None, rate="")

        def report(step: Step) -> None:
            name = f"{step.server}: {step.project}"
            if name not in names:
                names.append(name)
                bar.reset(task)
            elapsed = bar.tasks[0].elapsed or 0
            rate = f"{step.commits / elapsed:,.0f} events/s" if elapsed > 0.2 else ""
            bar.update(task, description=name, total=step.total, completed=step.done, rate=rate)

        yield report
