"""An answer as a table for a terminal: heading, rows, totals, what the columns mean."""

import io

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.period import words
from reports.question import Answer
from reports.render.cells import RIGHT, cell

SIGNS = {"minus2": "red", "minus1": "red", "plus1": "green", "plus2": "green"}


def render(answer: Answer, width: int | None = None, colour: bool = False, definitions: bool = True) -> str:
    """The whole answer, fitted into `width` cells; without a width every row is as long as it needs to be."""
    shown = [column for column in answer.columns if column.shown]
    rows = [[cell(column, row[column.name]) for column in shown] for row in answer.rows]
    needed = sum(max([cell_len(c.title), *(cell_len(row[i]) for row in rows)]) + 2 for i, c in enumerate(shown)) + 2
    legend = [f"  {c.title}: {c.definition}" for c in shown if c.definition] if rows and definitions else []
    console = Console(
        file=io.StringIO(), width=max(width or needed, 40), force_terminal=colour, color_system="standard" if colour else None,
        no_color=not colour, legacy_windows=False, highlight=False, soft_wrap=False,
    )  # fmt: skip
    scope = f" ({answer.asked.scope.words})" if answer.asked.scope.words else ""
    console.print(
        Text(f"{answer.title}{scope}, {words(answer.asked.since, answer.asked.until)} UTC", style="bold"),
        soft_wrap=True,
    )
    if rows:
        table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
        for column in shown:
            right = column.kind in RIGHT
            wide = column.name in ("subject", "person", "owner", "responder", "project")
            table.add_column(
                column.title, justify="right" if right else "left", no_wrap=True, overflow="ellipsis",
                style=SIGNS.get(column.name, ""), min_width=8 if wide and width else None,
                ratio=None,
            )  # fmt: skip
        for row in rows:
            table.add_row(*(Text(text) for text in row))
        console.print(table)
    else:
        console.print("Nothing in this period.")
    totals = [
        f"{c.title} {cell(c, answer.totals[c.name])}"
        for c in answer.total_columns
        if answer.totals.get(c.name) is not None
    ]
    if totals:
        console.print()
        console.print(Text(", ".join(totals) + "."), soft_wrap=width is None)
    for note in answer.notes:
        console.print(Text(note, style="yellow"), soft_wrap=width is None)
    if legend:
        console.print()
        console.print(Text("\n".join(legend), style="dim"), soft_wrap=width is None)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in lines) + "\n"
