"""One figure as a person reads it."""

from typing import Any

from reports.period import iso
from reports.question import Column

RIGHT = {"integer", "signed", "decimal", "ratio", "hours", "days", "change"}
"""Kinds of columns whose cells stand to the right."""


def cell(column: Column, value: Any) -> str:
    """The text of a cell; nothing at all for None, and a figure never in exponent form."""
    if value is None:
        return ""
    match column.kind:
        case "ratio":
            return f"{100 * value:.0f} %"
        case "flag":
            return "yes" if value else ""
        case "time":
            return iso(value)[:16].replace("T", " ")
        case "hours":
            return duration(value)
        case "days":
            return duration(24 * value)
        case "decimal":
            return f"{value:.1f}"
        case "signed":
            return f"{value:+d}"
        case "list":
            return ", ".join(map(str, value))
    return one_line(str(value))


def duration(hours: float) -> str:
    """`25 min`, `7.5 h`, `3.2 d`, `430 d`: the largest unit that leaves two figures to read; never broken at a line's end."""
    if hours < 1:
        return f"{60 * hours:.0f}\u00a0min"
    if hours < 48:
        return f"{hours:.1f}\u00a0h"
    days = hours / 24
    return f"{days:.1f}\u00a0d" if days < 100 else f"{days:.0f}\u00a0d"


def one_line(text: str) -> str:
    """Other people's words in one line: no control characters, no line breaks."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def many(number: int, one: str, several: str = "") -> str:
    """`1 review`, `1,200 reviews`."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"
