"""What was each week like, and how do things stand now?

Each ISO week is asked by itself, as known at its own end, so that last week's figures come out again next month. Two
things are asked once for the whole site and shared out to teams, projects and people: what waits, and what has rows
of its own for each change. The time to first response is as known at the site's end: asked week by week, no response
could ever take longer than the rest of its week.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from reports.metrics import questions
from reports.period import DAY, Period, last_week
from reports.question import Answer, Asked, Row, ask
from reports.scope import Scope

WEEK = 7 * DAY

WINDOWS = (30, 90, 180)
"""Days before the site's end for which people's counts are shown."""


@dataclass(frozen=True, slots=True)
class Span:
    """The time a site shows: whole ISO weeks, oldest first, and the moment its tables and states speak of."""

    weeks: tuple[Period, ...]
    until: int

    @property
    def since(self) -> int:
        """Beginning of the first week."""
        return self.weeks[0].since

    @property
    def last(self) -> Period:
        """The last whole week."""
        return self.weeks[-1]


@dataclass(frozen=True, slots=True)
class Shared:
    """What is asked once for everything a site shows."""

    span: Span
    waiting: Answer
    waiting_weeks: tuple[Answer, ...]
    newcomers: Answer
    response: Answer
    merged: Answer


@dataclass(frozen=True, slots=True)
class Series:
    """What is known of a scope: reviewers week by week and in each window, and its part of what is shared."""

    scope: Scope
    span: Span
    reviewers_weeks: tuple[Answer, ...]
    reviewers: Mapping[int, Answer]
    waiting: Answer
    waiting_weeks: tuple[Answer, ...]
    newcomers: Answer
    response: Answer
    merged: Answer


def span_of(until: int, weeks: int) -> Span:
    """The last `weeks` whole ISO weeks before `until`."""
    end = last_week(until).until
    return Span(tuple(Period(end - (n + 1) * WEEK, end - n * WEEK) for n in reversed(range(weeks))), until)


def ask_shared(connection: sqlite3.Connection, scope: Scope, span: Span) -> Shared:
    """Ask what does not depend on whose page it is for."""
    known = questions()
    window = Asked(span.since, span.until, scope)
    lately = Asked(min(span.since, span.until - min(WINDOWS) * DAY), span.until, scope)
    return Shared(
        span,
        ask(connection, known["waiting"], Asked(span.last.since, span.until, scope)),
        tuple(ask(connection, known["waiting"], Asked(week.since, week.until, scope)) for week in span.weeks),
        ask(connection, known["newcomers"], window),
        ask(connection, known["first_response"], lately),
        ask(connection, known["merged"], window),
    )


def ask_series(connection: sqlite3.Connection, scope: Scope, shared: Shared) -> Series:
    """Ask what depends on the scope, and take its part of what is shared."""
    question, span = questions()["reviewers"], shared.span
    return Series(
        scope,
        span,
        tuple(ask(connection, question, Asked(week.since, week.until, scope)) for week in span.weeks),
        {days: ask(connection, question, Asked(span.until - days * DAY, span.until, scope)) for days in WINDOWS},
        within(shared.waiting, scope),
        tuple(within(answer, scope) for answer in shared.waiting_weeks),
        within(shared.newcomers, scope),
        within(shared.response, scope),
        within(shared.merged, scope),
    )


def within(answer: Answer, scope: Scope) -> Answer:
    """The part of an answer that is in a scope's projects; for questions whose rows do not depend on each other."""
    inside = set(scope.project_ids)
    return narrowed(answer, lambda row: row["project_id"] in inside, scope)


def between(answer: Answer, period: Period, time: str = "at") -> Answer:
    """The part of an answer whose rows have their time in a period."""
    return narrowed(answer, lambda row: period.since <= row[time] < period.until)


def narrowed(answer: Answer, keep: Callable[[Row], bool], scope: Scope | None = None) -> Answer:
    """The answer with only the rows to keep."""
    return with_rows(answer, [row for row in answer.rows if keep(row)], scope)


def with_rows(answer: Answer, rows: list[Row], scope: Scope | None = None) -> Answer:
    """The answer with some of its rows only; its totals are worked out again by the question's own rule."""
    question = questions()[answer.question]
    if not question.finish or question.totals_sql:
        raise ValueError(f"{answer.question} has totals that do not follow from its rows")
    asked = replace(answer.asked, scope=scope or answer.asked.scope)
    totals: Row = {}
    question.finish(rows, totals, asked)
    return replace(answer, asked=asked, rows=rows, totals=totals)


def by_person(answers: Sequence[Answer]) -> dict[int, list[Row | None]]:
    """Person -> their row in each of the answers, None where they have none."""
    found: dict[int, list[Row | None]] = {}
    for place, answer in enumerate(answers):
        for row in answer.rows:
            found.setdefault(row["person_id"], [None] * len(answers))[place] = row
    return found
