"""An answer as Markdown: a heading, a table with links, totals, definitions."""

import re

from reports.question import Answer, Column, Row
from reports.render.cells import RIGHT, cell

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~@])")


def escape(text: str) -> str:
    """Other people's words as plain text in Markdown: nothing in them formats, mentions or closes a cell."""
    return _SPECIAL.sub(r"\\\1", text)


def link(text: str, url: str) -> str:
    """A link; the text is escaped, the URL too as far as it needs."""
    return f"[{escape(text)}]({url.replace(' ', '%20').replace(')', '%29')})"


def render(answer: Answer) -> str:
    """The whole answer."""
    shown = [column for column in answer.columns if column.shown]
    title = f"## {answer.title}, {answer.when}"
    scope = f"\n\n{escape(answer.asked.scope.words)}" if answer.asked.scope.words else ""
    lines = [title + scope, ""]
    if answer.rows:
        lines.append("| " + " | ".join(escape(column.title) for column in shown) + " |")
        lines.append("| " + " | ".join("---:" if column.kind in RIGHT else "---" for column in shown) + " |")
        lines += ["| " + " | ".join(_cell(column, row) for column in shown) + " |" for row in answer.rows]
    else:
        lines.append("Nothing in this period.")
    totals = [
        f"{c.title}: {cell(c, answer.totals[c.name])}"
        for c in answer.total_columns
        if answer.totals.get(c.name) is not None
    ]
    if totals:
        lines += ["", escape(", ".join(totals)) + "."]
    lines += [f"\n> {escape(note)}" for note in answer.notes]
    legend = [f"- {escape(column.title)}: {escape(column.definition)}" for column in shown if column.definition]
    if legend and answer.rows:
        lines += ["", *legend]
    return "\n".join(lines) + "\n"


def _cell(column: Column, row: Row) -> str:
    text = cell(column, row[column.name])
    if column.kind == "change" and "url" in row:
        return link(text, str(row["url"]))
    return escape(text)
