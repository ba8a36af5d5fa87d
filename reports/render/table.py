"""An answer as a table for a terminal: heading, rows, totals, what the columns mean."""

import io
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.question import Answer, Column
from reports.render.cells import RIGHT, cell

STYLES = {"minus2": "red", "minus1": "red", "plus1": "green", "plus2": "green"}
FLEXIBLE = {"subject": 24, "project": 14, "person": 20, "owner": 16, "responder": 16, "class": 20, "voter": 12}
"""Columns that may be cut with an ellipsis, and the cells they need to be of any use."""


def render(answer: Answer, width: int | None = None, colour: bool = False, definitions: bool = True) -> str:
    """The whole answer, fitted into `width` cells; without a width every row is as long as it needs to be."""
    everything = [column for column in answer.columns if column.shown]
    rows = [{column.name: cell(column, row[column.name]) for column in everything} for row in answer.rows]
    natural = _natural(everything, rows)
    if width is not None and sum(cells + 2 for cells in natural.values()) > width and "project" in natural:
        for row in rows:
            row["project"] = row["project"].rpartition("/")[2]
        natural = _natural(everything, rows)
    shown, widths = fit(everything, natural, width)
    console = Console(
        file=io.StringIO(), width=max(width or sum(widths) + 2 * len(widths), 40), force_terminal=colour,
        color_system="standard" if colour else None, no_color=not colour, legacy_windows=False, highlight=False,
    )  # fmt: skip
    scope = f" ({answer.asked.scope.words})" if answer.asked.scope.words else ""
    console.print(Text(f"{answer.title}{scope}, {answer.when}", style="bold"), soft_wrap=True)
    if answer.rows:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for column, cells in zip(shown, widths, strict=True):
            table.add_column(
                column.title, justify="right" if column.kind in RIGHT else "left", no_wrap=True, overflow="ellipsis",
                style=STYLES.get(column.name, ""), width=cells,
            )  # fmt: skip
        for row in rows:
            table.add_row(*(Text(row[column.name]) for column in shown))
        console.print(table)
        if hidden := [column.title for column in everything if column not in shown]:
            words = f"Not shown for want of width: {', '.join(hidden)}. A wider terminal or --format csv has them."
            console.print(Text(words, style="dim"), soft_wrap=False)
    else:
        console.print("Nothing in this period.")
    for text, style in _below(answer, shown if definitions and answer.rows else []):
        console.print()
        console.print(Text(text, style=style), soft_wrap=width is None)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _natural(columns: Sequence[Column], rows: Sequence[dict[str, str]]) -> dict[str, int]:
    """Cells that each column needs to show everything; nothing where there are no rows."""
    if not rows:
        return {}
    return {
        column.name: max(cell_len(column.title), *(cell_len(row[column.name]) for row in rows)) for column in columns
    }


def fit(columns: Sequence[Column], natural: dict[str, int], width: int | None) -> tuple[list[Column], list[int]]:
    """Which columns there is room for, and how wide each is: first the dispensable ones go, then words are cut."""
    shown = list(columns) if natural else []
    if width is None:
        return shown, [natural[column.name] for column in shown]

    def least(column: Column) -> int:
        return min(natural[column.name], FLEXIBLE.get(column.name, natural[column.name]))

    while sum(least(column) + 2 for column in shown) > width:
        dispensable = sorted((column for column in shown if column.drop), key=lambda column: column.drop)
        if not dispensable:
            break
        shown.remove(dispensable[0])
    widths = {column.name: natural[column.name] for column in shown}
    while sum(widths.values()) + 2 * len(widths) > width:
        cut = max(
            (column for column in shown if widths[column.name] > least(column)),
            key=lambda c: widths[c.name],
            default=None,
        )
        if cut is None:
            break
        widths[cut.name] -= 1
    return shown, list(widths.values())


def _below(answer: Answer, explained: Sequence[Column]) -> list[tuple[str, str]]:
    """Totals, notes and definitions, each with its style."""
    totals = [
        f"{column.title} {cell(column, answer.totals[column.name])}"
        for column in answer.total_columns
        if column.shown and answer.totals.get(column.name) is not None
    ]
    legend = [f"  {column.title}: {column.definition}" for column in explained if column.definition]
    parts = [(", ".join(totals) + "." if totals else "", ""), *((note, "yellow") for note in answer.notes)]
    return [(text, style) for text, style in (*parts, ("\n".join(legend), "dim")) if text]
