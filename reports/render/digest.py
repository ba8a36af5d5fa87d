"""A digest as text for a terminal or a mail, and as Markdown."""

import textwrap
import unicodedata
from collections.abc import Iterator

from reports.digest import Digest, Item, Section
from reports.render.cells import one_line, shorten
from reports.render.markdown import escape, link

SHOWN = 20
"""Lines of a section before "and N more"."""


LONGEST = 400
"""Characters of other people's words in one place; a subject may be a whole essay."""


def isolate(text: str) -> str:
    """Other people's words, not too long; right-to-left ones fenced in (Unicode isolates), so that they stay in place."""
    text = shorten(one_line(text), LONGEST)
    if any(unicodedata.bidirectional(character) in ("R", "AL") for character in text):
        return f"\u2068{text}\u2069"
    return text


def figures(digest: Digest) -> str:
    """The numbers of the period, each with that of the period before: `changes merged 12 (before: 8)`."""
    return ", ".join(
        f"{name} {now}" if before is None else f"{name} {now} (before: {before})"
        for name, now, before in digest.figures
    )


def to_text(digest: Digest, width: int = 100, shown: int = SHOWN) -> str:
    """Plain text, wrapped."""
    lines = [f"{digest.title}: {digest.period}", ""]
    lines += textwrap.wrap(figures(digest) + ".", width)
    lines += [line for note in digest.notes for line in ("", *textwrap.wrap(note, width))]
    for section in digest.sections:
        lines += ["", section.title.upper()]
        lines += textwrap.wrap(section.lead if section.items else section.empty, width)
        if section.key == "thanks" and section.items:
            lines += textwrap.wrap(", ".join(isolate(item.before) for item in section.items) + ".", width)
            continue
        for item in section.items[:shown]:
            lines += textwrap.wrap(_plain(item), width, initial_indent="  * ", subsequent_indent="    ")
            if item.url:
                lines.append(f"    {item.url}")
        lines += [f"  and {more}" for more in _more(section, shown)]
        if section.note and section.items:
            lines += textwrap.wrap(section.note, width, initial_indent="  (", subsequent_indent="   ")
            lines[-1] += ")"
    return "\n".join(lines) + "\n"


def to_markdown(digest: Digest, shown: int = SHOWN) -> str:
    """Markdown; everybody's words are escaped."""
    lines = [f"# {escape(digest.title)}: {digest.period}", "", figures(digest) + "."]
    lines += [line for note in digest.notes for line in ("", f"> {escape(note)}")]
    for section in digest.sections:
        lines += ["", f"## {section.title}", "", escape(section.lead if section.items else section.empty)]
        if section.key == "thanks" and section.items:
            lines += ["", ", ".join(escape(isolate(item.before)) for item in section.items) + "."]
        else:
            lines += [""] if section.items else []
            for item in section.items[:shown]:
                label = link(item.label, item.url) if item.url else escape(item.label)
                lines.append(
                    f"- {escape(isolate(item.before))}{' ' if item.before else ''}{label}: {escape(isolate(item.after))}"
                )
            lines += [f"- and {more}" for more in _more(section, shown)]
        if section.note and section.items:
            lines += ["", f"_{escape(section.note)}_"]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _plain(item: Item) -> str:
    before = f"{isolate(item.before)} " if item.before else ""
    return f"{before}{item.label}: {isolate(item.after)}"


def _more(section: Section, shown: int) -> Iterator[str]:
    if len(section.items) > shown:
        yield f"{len(section.items) - shown} more"
