"""What is a page put together from? Figures and tables, each with its CSV, its words for screen readers and for nothing."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reports.dashboard.figures import key_of
from reports.question import Answer, Column, Row
from reports.render.cells import RIGHT, cell

Linker = Callable[[Row], str | None]

SORTED_BY_VALUE = RIGHT | {"time", "flag"}
"""Kinds of columns that are sorted by their value; the others by their text."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A plot. `summary` says in words what it shows, `empty` is said where there is nothing to draw (`plot` is None)."""

    id: str
    title: str
    summary: str
    plot: Mapping[str, Any] | None
    table: Answer
    csv: str
    height: int = 320
    empty: str = ""
    note: str = ""

    @property
    def key(self) -> list[tuple[str, str, str]]:
        """What each colour means."""
        return key_of(dict(self.plot or {"data": []}))

    @property
    def json(self) -> str:
        """The plot for a script element: nothing in it can end the element."""
        return script_json(self.plot)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it is shown. `sort` is there where the text is not what to sort by."""

    text: str
    href: str | None = None
    sort: str | None = None
    right: bool = False
    words: bool = False
    column: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table. The CSV has every row and column, the page at most `most` rows."""

    id: str
    title: str
    answer: Answer
    csv: str
    empty: str
    links: Mapping[str, Linker] = field(default_factory=dict)
    hidden: Sequence[str] = ()
    note: str = ""
    most: int = 200
    named: bool = False
    whole: bool = False

    @property
    def columns(self) -> list[Column]:
        """The columns of the page."""
        return [column for column in self.answer.columns if column.shown and column.name not in self.hidden]

    @property
    def rows(self) -> list[list[Cell]]:
        """The rows of the page."""
        columns = self.columns
        return [[self._cell(column, row) for column in columns] for row in self.answer.rows[: self.most]]

    @property
    def defined(self) -> list[Column]:
        """Columns with a definition to print."""
        return [column for column in self.columns if column.definition]

    @property
    def more(self) -> int:
        """Rows that are in the CSV only."""
        return max(0, len(self.answer.rows) - self.most)

    def right(self, column: Column) -> bool:
        """Whether a column's cells stand to the right."""
        return column.kind in RIGHT

    def _cell(self, column: Column, row: Row) -> Cell:
        value = row[column.name]
        link = self.links.get(column.name)
        href = safe_url(link(row)) if link else None
        sort = None
        if column.kind in SORTED_BY_VALUE:
            sort = "" if value is None else str(float(value)).removesuffix(".0")
        return Cell(cell(column, value), href, sort, column.kind in RIGHT, column.kind == "text", column.name)


def safe_url(url: str | None) -> str | None:
    """A link of this site (relative) or to http and https; nothing else is a link."""
    if not url or url.startswith(("/", "\\")):
        return None
    head = url.lower().split("/", 1)[0]
    if ":" in head and head not in ("http:", "https:"):
        return None
    return url


def script_json(value: Any) -> str:
    """JSON that can stand in a script element: `<`, `>`, `&` and the two line ends of JavaScript are escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
