"""The week in a page: numbers, what merged, who is new, which newcomers wait, thanks, what waits longest.

A digest is put together from the same questions that every other door asks; nothing is counted here.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.metrics import questions
from reports.metrics.newcomers import KINDS
from reports.period import DAY, words
from reports.question import Answer, Asked, Column, Row, ask, known_since
from reports.render.cells import duration, many

NEWCOMER_DAYS = 90
"""How long after the first change somebody counts as a newcomer whose changes should not wait."""

STALE_DAYS = 180
"""What waits longer than this is counted and not listed: the same old changes every week help nobody."""

THANKED = 12
"""How many reviewers are thanked by name."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line: text before, linked text, text after. `row` is the figure's evidence, for JSON and CSV."""

    before: str
    label: str
    url: str
    after: str
    row: Row


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a sentence, lines, and what to say where there are none. `note` defines what is listed."""

    key: str
    title: str
    lead: str
    items: Sequence[Item]
    empty: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """A week (or any period), ready to be rendered. `figures` are (name, now, before); before is None if not known."""

    title: str
    period: str
    asked: Asked
    figures: Sequence[tuple[str, int, int | None]]
    sections: Sequence[Section]
    notes: Sequence[str]


def build_digest(connection: sqlite3.Connection, asked: Asked) -> Digest:
    """The digest of a period, with the period of the same length before it for comparison."""
    before = Asked(2 * asked.since - asked.until, asked.since, asked.scope)
    known = questions()
    reviewers, reviewers_before = (ask(connection, known["reviewers"], one) for one in (asked, before))
    newcomers, newcomers_before = (ask(connection, known["newcomers"], one) for one in (asked, before))
    recent = Asked(asked.until - NEWCOMER_DAYS * DAY, asked.until, asked.scope)
    lately = ask(connection, known["newcomers"], recent)
    waiting = ask(connection, known["waiting"], asked)
    merged = ask(connection, known["merged"], asked)
    comparable = known_since(connection, before.since)
    figures = [
        (title, now[name], then[name] if comparable else None)
        for title, name, now, then in (
            ("changes merged", "merged", reviewers.totals, reviewers_before.totals),
            ("changes created", "created", reviewers.totals, reviewers_before.totals),
            ("changes abandoned", "abandoned", reviewers.totals, reviewers_before.totals),
            ("patch sets", "patch_sets", reviewers.totals, reviewers_before.totals),
            ("reviews", "reviews", reviewers.totals, reviewers_before.totals),
            ("reviewers", "reviewers", reviewers.totals, reviewers_before.totals),
            ("first-time contributors", "first_change", newcomers.totals, newcomers_before.totals),
        )
    ]
    sections = (
        _merged(merged),
        _welcome(newcomers),
        _newcomers_waiting(waiting, lately),
        _thanks(reviewers),
        _longest(waiting),
    )
    scope = f", {asked.scope.words}" if asked.scope.words else ""
    return Digest(
        f"The week in review{scope}",
        words(asked.since, asked.until),
        asked,
        figures,
        sections,
        list(dict.fromkeys([*newcomers.notes, *waiting.notes])),
    )


def _merged(answer: Answer) -> Section:
    items = [
        Item("", _change(row), row["url"], f"{row['subject']} ({row['owner']})", {**row, "person": row["owner"]})
        for row in answer.rows
    ]
    totals = answer.totals
    lead = (
        f"{many(totals['changes'], 'change')} by {many(totals['owners'], 'owner')} in {many(totals['projects'], 'project')}"
        f"; half of them within {duration(24 * totals['median_days'])} of their first patch set."
        if items
        else ""
    )
    return Section("merged", "Merged", lead, items, "Nothing merged.")


def _welcome(answer: Answer) -> Section:
    items = []
    for kind, title in KINDS.items():
        for row in answer.rows:
            if row["kind"] == kind:
                what = title if row["complete"] else f"{title} (first seen)"
                items.append(Item(f"{what}: {row['person']}, ", _change(row), row["url"], row["subject"], row))
    people = len({(row["person"], tuple(row["account_ids"])) for row in answer.rows})
    seen = "did something here for the first time"
    if not all(row["complete"] for row in answer.rows):
        seen = "seen here for the first time; history is not all read, so some may be known for long"
    lead = f"{many(people, 'person', 'people')} {seen}." if items else ""
    return Section("welcome", "Welcome", lead, items, "Nobody new.")


def _newcomers_waiting(waiting: Answer, lately: Answer) -> Section:
    new = {row["person_id"] for row in lately.rows if row["kind"] == "first_change"}
    rows = [row for row in waiting.rows if row["owner_person"] in new and row["waiting_on"] in ("reviewer", "core")]
    items = [
        Item("", _change(row), row["url"], f"{row['subject']} ({row['owner']}), {duration(row['hours'])}", _waits(row))
        for row in rows
    ]
    note = f"Open changes of people whose first change is at most {NEWCOMER_DAYS} days old, waiting on a reviewer or a core."
    if not all(row["complete"] for row in lately.rows):
        note += " History is not all read: some of them may be known for longer."
    return Section("newcomers_waiting", "Newcomers who wait", "", items, "No newcomer waits for a review.", note)


def _thanks(answer: Answer) -> Section:
    chosen = sorted(
        [row for row in answer.rows if row["reviews"]][:THANKED], key=lambda row: str(row["person"]).casefold()
    )
    items = [Item(str(row["person"]), "", "", "", {"person": row["person"]}) for row in chosen]
    others = answer.totals["reviewers"] - len(items)
    lead = f"They and {many(others, 'other')} reviewed:" if others else "Everybody who reviewed, in alphabetical order:"
    note = "The most active reviewers in alphabetical order; no ranking." if others else ""
    return Section("thanks", "Thanks for reviewing", lead if items else "", items, "No reviews.", note)


def waits_on_team(answer: Answer) -> tuple[list[Row], str]:
    """Of what waits, that which a reviewer or core could end: rows that are not stale, and a sentence on what is listed."""
    rows = [row for row in answer.rows if row["waiting_on"] in ("reviewer", "core")]
    fresh = [row for row in rows if row["since"] >= answer.asked.until - STALE_DAYS * DAY]
    stale = len(rows) - len(fresh)
    old = (
        f" {many(stale, 'change')} waiting longer than that {'is' if stale == 1 else 'are'} not listed."
        if stale
        else ""
    )
    return fresh, f"On a reviewer or a core, of those whose turn began in the last {STALE_DAYS} days.{old}"


def _longest(answer: Answer) -> Section:
    fresh, note = waits_on_team(answer)
    items = [
        Item(
            "", _change(row), row["url"],
            f"{row['subject']} ({row['owner']}), on {row['waiting_on']} for {duration(row['hours'])}", _waits(row),
        )
        for row in fresh[:8]
    ]  # fmt: skip
    totals = answer.totals
    lead = (
        f"{many(totals['changes'], 'change')} open: {totals['reviewer']} wait on a reviewer, {totals['core']} on a core, "
        f"{totals['owner']} on their owner, {totals['ci']} on CI; half for more than {duration(totals['median_hours'])}."
        if totals["changes"]
        else ""
    )
    return Section("longest", "Waits longest", lead, items, "Nothing waits on a reviewer or core.", note)


def _waits(row: Row) -> Row:
    return {**row, "person": row["owner"], "at": row["since"]}


def _change(row: Row) -> str:
    return f"{str(row['project']).rpartition('/')[2]} {row['change']}"


COLUMNS = (
    Column("section", "Section"),
    Column("kind", "Kind"),
    Column("person", "Person"),
    Column("change", "Change", "change"),
    Column("project", "Project"),
    Column("subject", "Subject"),
    Column("patch_set", "PS", "integer"),
    Column("waiting_on", "Waits on"),
    Column("at", "At", "time"),
    Column("hours", "For", "hours"),
    Column("url", "Link", "url"),
)


def as_answer(digest: Digest) -> Answer:
    """The digest as rows, for JSON and CSV: one a line of a section."""
    rows: list[dict[str, Any]] = [
        {column.name: {**item.row, "section": section.key}.get(column.name) for column in COLUMNS}
        for section in digest.sections
        for item in section.items
    ]
    totals: Mapping[str, Any] = {
        name.replace(" ", "_"): value for name, now, before in digest.figures
        for name, value in ((name, now), (f"{name} before", before))
    }  # fmt: skip
    return Answer("digest", digest.title, digest.asked, COLUMNS, rows, totals)
