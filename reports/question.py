"""What a question is, what an answer is, and how one becomes the other.

A question is SQL over the views of reports/views, which already speak of the period and the projects asked for.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reports.database import set_period, set_scope
from reports.period import moment, words
from reports.scope import Scope

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer.

    `kind` says how it is shown: text, integer, flag, ratio (0 to 1), time (epoch seconds UTC), hours, url, list.
    `definition` is printed next to the figure; columns with `shown` False are in CSV and JSON only. Where a terminal is
    too narrow, columns go in order of `drop`, the smallest first; those with 0 never do.
    """

    name: str
    title: str
    kind: str = "text"
    definition: str = ""
    shown: bool = True
    drop: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: a half-open period in epoch seconds UTC, projects and teams, and perhaps one person.

    `words` are further parameters of a question's SQL, by name.
    """

    since: int
    until: int
    scope: Scope
    person_id: int | None = None
    words: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """The one result that every format renders. `notes` are sentences a reader must know; times are epoch seconds."""

    question: str
    title: str
    asked: Asked
    columns: Sequence[Column]
    rows: Sequence[Row]
    totals: Mapping[str, Any]
    total_columns: Sequence[Column] = ()
    notes: Sequence[str] = ()
    moment: bool = False

    @property
    def when(self) -> str:
        """The period in words; for a question about a moment, that moment, the period's end."""
        return f"as of {moment(self.asked.until)}" if self.moment else words(self.asked.since, self.asked.until)


@dataclass(frozen=True, slots=True)
class Question:
    """A question plustwo answers; one in each file of reports/metrics.

    `sql` gives the rows, `totals_sql` one row of totals. `finish` may work over rows and totals, for what is no SQL.
    `period` is the default: week (the last whole one) or days (30); `moment` marks a question about
    the period's end. `takes_person` adds --on.
    """

    name: str
    title: str
    sql: str
    columns: Sequence[Column]
    totals_sql: str = ""
    total_columns: Sequence[Column] = ()
    period: str = "days"
    moment: bool = False
    takes_person: bool = False
    finish: Callable[[list[Row], Row, Asked], None] | None = None
    notes: Callable[[sqlite3.Connection, Asked], list[str]] | None = None


def ask(connection: sqlite3.Connection, question: Question, asked: Asked) -> Answer:
    """Answer a question. The connection is one of `reports.database.open_database`."""
    set_period(connection, asked.since, asked.until)
    set_scope(connection, asked.scope.project_ids, asked.scope.team_ids)
    parameters = {"since": asked.since, "until": asked.until, "person": asked.person_id, **asked.words}
    rows = _select(connection, question.sql, parameters)
    totals = _select(connection, question.totals_sql, parameters)[0] if question.totals_sql else {}
    for column in question.columns:
        if column.kind == "list":
            for row in rows:
                row[column.name] = [int(one) for one in str(row[column.name]).split(",")]
        elif column.kind == "flag":
            for row in rows:
                row[column.name] = bool(row[column.name])
    if question.finish:
        question.finish(rows, totals, asked)
    notes = [
        *_unread(connection),
        *_not_that_far(connection, question, asked),
        *(question.notes(connection, asked) if question.notes else []),
    ]
    return Answer(
        question.name,
        question.title,
        asked,
        question.columns,
        rows,
        totals,
        question.total_columns,
        notes,
        question.moment,
    )


def _unread(connection: sqlite3.Connection) -> list[str]:
    """Sentences where projects asked for were never collected, or not to an end: zeros and small figures mean nothing."""
    rows = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM changes c WHERE c.project_id = p.id), p.name FROM projects p "
        "JOIN scope s ON s.project_id = p.id JOIN unread_projects u ON u.project_id = p.id ORDER BY p.name"
    ).fetchall()
    sentences = []
    for begun, sentence in (
        (0, "Not collected yet, and not in these figures"),
        (1, "Only partly read yet, so that figures are too small"),
    ):
        names = [name for some, name in rows if some == begun]
        if names:
            sentences.append(f"{sentence}: {', '.join(names[:5])}{' and others' if len(names) > 5 else ''}.")
    return sentences


def known_back_to(connection: sqlite3.Connection) -> int:
    """From when on everything is known of the projects asked for last (epoch seconds); 0 for all of history."""
    query = "SELECT coalesce(max(p.known_from), 0) FROM projects p JOIN scope s ON s.project_id = p.id"
    return int(connection.execute(query).fetchone()[0])


def known_since(connection: sqlite3.Connection, since: int) -> bool:
    """Whether everything since then is known of the projects asked for last, as far as they were begun at all."""
    query = "SELECT 1 FROM unread_projects u JOIN scope s USING (project_id) JOIN changes c USING (project_id) LIMIT 1"
    return known_back_to(connection) <= since and not connection.execute(query).fetchone()


def _not_that_far(connection: sqlite3.Connection, question: Question, asked: Asked) -> list[str]:
    """A sentence where history is not read that far back: what is older is not in the figures."""
    back_to = known_back_to(connection)
    if not back_to or (back_to <= asked.since and not question.moment):
        return []
    what = "what was last touched" if question.moment else "what happened"
    return [f"History is read back to {moment(back_to)[:10]} only: {what} before is not in these figures."]


def _select(connection: sqlite3.Connection, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
    cursor = connection.execute(sql, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
