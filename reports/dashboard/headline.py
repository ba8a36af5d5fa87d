"""What is said in figures at the top of a page, and what exactly does each of them mean?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.dashboard.series import Series, between, narrowed
from reports.dashboard.tables import columns_of
from reports.period import DAY, week_name
from reports.question import Answer
from reports.render.cells import cell, duration

RESPONSE_DAYS = 30
"""The headline's time to first response is of the changes created in so many days before the site's end."""


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure, what it was before, and its definition."""

    title: str
    value: str
    before: str
    definition: str


def headlines(series: Series) -> list[Headline]:
    """The state of a scope in a few figures: the last whole week beside the one before it, and how things stand now."""
    week = f"Week {week_name(series.span.last.since)}"
    now, before = (series.reviewers_weeks[-1], series.reviewers_weeks[-2] if len(series.reviewers_weeks) > 1 else None)
    found = [
        _figure("reviewers", name, week, now.totals, before.totals if before else None)
        for name in ("reviews", "reviewers", "patch_sets", "created", "merged", "abandoned")
    ]
    new = between(series.newcomers, series.span.last)
    earlier = between(series.newcomers, series.span.weeks[-2]) if before else None
    found.append(
        Headline(
            "First changes", str(new.totals["first_change"]), _before(earlier, "first_change"),
            f"{week}: people whose first change in the whole community was uploaded in it",
        )
    )  # fmt: skip
    return [*found, *_state(series)]


def _state(series: Series) -> list[Headline]:
    """How things stand at the date of the page."""
    waiting = series.waiting.totals
    since = series.span.until - RESPONSE_DAYS * DAY
    recent = narrowed(series.response, lambda row: row["created_at"] >= since).totals
    few = waiting["changes"] < 4
    middle = "" if few else f"middle half: {_hours(waiting['q1_hours'])} to {_hours(waiting['q3_hours'])}"
    return [
        Headline("Open changes", str(waiting["changes"]), f"{waiting['reviewer'] + waiting['core']} on reviewers or cores",
                 "At the date of this page: open and not work in progress"),
        Headline("Waiting, median", _hours(waiting["median_hours"]), middle,
                 "At the date of this page: half of the open changes have waited longer for whoever must act next"),
        Headline("First response, median", _hours(recent["median_hours"]), f"{recent['answered']} of {recent['changes']} answered",
                 f"Changes created in the last {RESPONSE_DAYS} days (less those still work in progress): time to the first vote or "
                 "words by somebody else, of those answered"),
    ]  # fmt: skip


def _hours(value: float | None) -> str:
    """A duration that is not broken at the line's end."""
    return "–" if value is None else duration(value).replace(" ", "\u00a0")


def _figure(question: str, name: str, when: str, now: Mapping[str, Any], before: Mapping[str, Any] | None) -> Headline:
    (column,) = columns_of(question, (name,))
    meaning = DEFINITIONS[name]
    was = "" if before is None else f"week before: {cell(column, before[name])}"
    return Headline(column.title, cell(column, now[name]), was, f"{when}: {meaning}")


def _before(answer: Answer | None, name: str) -> str:
    return "" if answer is None else f"week before: {answer.totals[name]}"


DEFINITIONS = {
    "reviews": "patch sets of others that people judged by a review vote or in words; once for each person and patch set",
    "reviewers": "people with at least one review",
    "patch_sets": "patch sets uploaded to all changes",
    "created": "changes whose first patch set was uploaded",
    "merged": "changes submitted",
    "abandoned": "changes abandoned",
}
