"""An answer's rows as CSV (RFC 4180, UTF-8), with a header of column names."""

import csv
import io
from typing import Any

from reports.period import iso
from reports.question import Answer, Column

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(answer: Answer) -> str:
    """All columns, also those the table does not show."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(column.name for column in answer.columns)
    for row in answer.rows:
        writer.writerow(_value(column, row[column.name]) for column in answer.columns)
    return out.getvalue()


def _value(column: Column, value: Any) -> Any:
    """The cell; words that a spreadsheet would take for a formula get an apostrophe before them."""
    if value is None:
        return ""
    if column.kind == "time":
        return iso(value)
    if column.kind == "list":
        return " ".join(map(str, value))
    if column.kind == "flag":
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
