"""What is the table behind each figure? Every figure is drawn from one of these, and its CSV is the same table."""

from collections.abc import Mapping, Sequence
from typing import Any

from reports.dashboard.series import Series, between, by_person
from reports.metrics import questions
from reports.metrics.waiting import ON
from reports.period import DAY, day, week_name
from reports.question import Answer, Asked, Column, Row

VALUES = ("minus2", "minus1", "comment", "plus1", "plus2")
"""The five values of a review, as columns of the question `reviewers`; they add up to `reviews`."""

WEEK_COLUMNS = (Column("week", "Week", "text", "ISO week, Monday to Sunday, UTC"), Column("monday", "Monday"))

AGES = (("up to a day", 24.0), ("1–3 days", 72.0), ("3–7 days", 168.0), ("1–4 weeks", 672.0), ("1–3 months", 2190.0))
"""Upper ends, in hours, of how long something waits; what is beyond the last waits longer than that."""

OLDEST = "over 3 months"


def columns_of(question: str, names: Sequence[str]) -> tuple[Column, ...]:
    """Columns or totals of a question, with its own titles and definitions."""
    known = {column.name: column for column in (*questions()[question].columns, *questions()[question].total_columns)}
    return tuple(known[name] for name in names)


def week_of(since: int) -> dict[str, str]:
    """The cells that name a week."""
    return {"week": week_name(since), "monday": day(since)}


def reviews_by_week(series: Series) -> Answer:
    """How many reviews of each value were given each week."""
    rows = []
    for week, answer in zip(series.span.weeks, series.reviewers_weeks, strict=True):
        sums = {name: sum(row[name] for row in answer.rows) for name in VALUES}
        rows.append(
            {
                **week_of(week.since),
                **sums,
                "reviews": answer.totals["reviews"],
                "reviewers": answer.totals["reviewers"],
            }
        )
    columns = columns_of("reviewers", (*VALUES, "reviews", "reviewers"))
    return _table("reviews_by_week", "Reviews a week", series, (*WEEK_COLUMNS, *columns), rows)


def flow_by_week(series: Series) -> Answer:
    """How many changes were created, merged and abandoned each week, and how many were open at its end."""
    names = ("created", "merged", "abandoned", "patch_sets")
    rows = [
        {
            **week_of(week.since),
            **{name: reviewers.totals[name] for name in names},
            "open": waiting.totals["changes"],
            **{on: waiting.totals[on] for on in ON},
        }
        for week, reviewers, waiting in zip(
            series.span.weeks, series.reviewers_weeks, series.waiting_weeks, strict=True
        )
    ]
    queue = Column("open", "Open", "integer", "changes open and not work in progress at the week's end")
    columns = (*WEEK_COLUMNS, *columns_of("reviewers", names), queue, *columns_of("waiting", ON))
    return _table("flow_by_week", "Changes a week", series, columns, rows)


def reviewer_weeks(series: Series) -> Answer:
    """Each reviewer's reviews in each week: one row for each person and week with any, by name and week."""
    rows = [
        {**week_of(week.since), **row}
        for week, answer in zip(series.span.weeks, series.reviewers_weeks, strict=True)
        for row in answer.rows
        if row["reviews"]
    ]
    rows.sort(key=lambda row: (str(row["person"]).casefold(), row["person_id"], row["monday"]))
    columns = columns_of("reviewers", ("person", "account_ids", "reviews", *VALUES, "approve"))
    return _table("reviewer_weeks", "Reviews by reviewer and week", series, (*WEEK_COLUMNS, *columns), rows)


def waiting_by_age(series: Series) -> Answer:
    """How many open changes have waited how long, by whose turn it is."""
    counts: dict[str, dict[str, int]] = {label: dict.fromkeys(ON, 0) for label in (*(age for age, _ in AGES), OLDEST)}
    for row in series.waiting.rows:
        age = next((label for label, end in AGES if row["hours"] <= end), OLDEST)
        counts[age][row["waiting_on"]] += 1
    rows = [{"age": age, **numbers, "changes": sum(numbers.values())} for age, numbers in counts.items()]
    age_column = Column("age", "Waits for", "text", "since that turn began, without work-in-progress time")
    columns = (age_column, *columns_of("waiting", (*ON, "changes")))
    return _table("waiting_by_age", "How long open changes wait, by whose turn it is", series, columns, rows)


def response_by_week(series: Series) -> Answer:
    """Quartiles of the time to first response of the changes created in each week, as known at the site's end."""
    names = ("changes", "answered", "unanswered", "q1_hours", "median_hours", "q3_hours")
    rows = []
    for week in series.span.weeks:
        part = between(series.response, week, "created_at")
        rows.append({**week_of(week.since), **{name: part.totals[name] for name in names}})
    columns = (*WEEK_COLUMNS, *columns_of("first_response", names))
    return _table("response_by_week", "Time to first response, by week of creation", series, columns, rows)


def person_weeks(person_id: int, series: Series, rows_of: Sequence[Row | None]) -> Answer:
    """One person's reviews of each value in each week; `rows_of` are their rows of `reviewers`."""
    rows = [
        {**week_of(week.since), **{name: row[name] if row else 0 for name in ("reviews", *VALUES)}}
        for week, row in zip(series.span.weeks, rows_of, strict=True)
    ]
    columns = (*WEEK_COLUMNS, *columns_of("reviewers", (*VALUES, "reviews")))
    return _table(f"person_{person_id}_weeks", "Reviews a week", series, columns, rows)


def person_windows(person_id: int, series: Series, rows_of: Mapping[int, Row | None]) -> Answer:
    """One person's counts in each window. Without any review or approval there, the question says nothing of `own`."""
    question = questions()["reviewers"]
    columns = [column for column in question.columns if column.name not in ("person", "account_ids", "core")]
    rows: list[Row] = []
    for days, row in rows_of.items():
        known = row or dict.fromkeys(("reviews", *VALUES, "approve", "disagreements"), 0)
        first = {"window": f"{days} days", "first": day(series.span.until - days * DAY)}
        rows.append({**first, **{column.name: known.get(column.name) for column in columns}})
    window = (Column("window", "Window", "text", "days before the date of this page"), Column("first", "From", "text"))
    return _table(f"person_{person_id}_windows", "Counts", series, (*window, *columns), rows)


def windows_of(series: Series) -> dict[int, dict[int, Row | None]]:
    """Person -> days of each window -> their row of `reviewers` there."""
    rows = by_person(list(series.reviewers.values()))
    return {person: dict(zip(series.reviewers, found, strict=True)) for person, found in rows.items()}


def _table(name: str, title: str, series: Series, columns: Sequence[Column], rows: Sequence[dict[str, Any]]) -> Answer:
    asked = Asked(series.span.since, series.span.until, series.scope)
    return Answer(name, title, asked, columns, list(rows), {})
