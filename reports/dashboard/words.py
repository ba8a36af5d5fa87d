"""What does a figure show, in a sentence? For those who do not see it, and for those who do not want to count bars."""

from collections.abc import Sequence

from reports.metrics.waiting import ON
from reports.quartiles import quartiles
from reports.question import Answer, Row
from reports.render.cells import duration, many


def weeks(table: Answer) -> str:
    """`26 weeks, 2026-W01 to 2026-W26`."""
    names = [row["week"] for row in table.rows]
    return f"in {names[0]}" if len(names) == 1 else f"in the {len(names)} weeks {names[0]} to {names[-1]}"


def of_reviews(table: Answer) -> str:
    """A summary of reviews by week."""
    counts = [row["reviews"] for row in table.rows]
    top = max(table.rows, key=lambda row: int(row["reviews"]))
    voted = sum(row["reviews"] - row["comment"] for row in table.rows)
    lead = f"{many(sum(counts), 'review')} {weeks(table)}, {voted:,} of them with a vote"
    if len(counts) == 1:
        return f"{lead}."
    return f"{lead}; {quartiles(counts)[1] or 0:g} in the median week, most ({top['reviews']}) in {top['week']}."


def of_flow(table: Answer) -> str:
    """A summary of what came in and went out."""
    created, merged, abandoned = (sum(row[name] for row in table.rows) for name in ("created", "merged", "abandoned"))
    first, last = table.rows[0]["open"], table.rows[-1]["open"]
    moved = f"stayed at {last}" if first == last else f"went from {first} to {last}"
    return f"{many(created, 'change')} created, {merged:,} merged, {abandoned:,} abandoned {weeks(table)}; the open queue {moved}."


def of_waiting(table: Answer) -> str:
    """A summary of what waits on whom."""
    sums = {on: sum(row[on] for row in table.rows) for on in ON}
    names = {"reviewer": "a reviewer", "core": "a core", "owner": "the owner", "ci": "CI"}
    parts = ", ".join(f"{number} on {names[on]}" for on, number in sums.items() if number)
    long = sum(row["changes"] for row in table.rows[-2:])
    return f"{many(sum(sums.values()), 'open change')}: {parts}; {long or 'none'} waiting for more than four weeks."


def of_response(table: Answer) -> str:
    """A summary of the time to first response."""
    medians: Sequence[Row] = [row for row in table.rows if row["median_hours"] is not None]
    answered, changes = sum(row["answered"] for row in table.rows), sum(row["changes"] for row in table.rows)
    last, hours = medians[-1], [row["median_hours"] for row in medians]
    return (
        f"{answered:,} of {many(changes, 'change')} created {weeks(table)} have a response; the weekly median was "
        f"between {duration(min(hours))} and {duration(max(hours))}, "
        f"for {last['week']} it is {duration(last['median_hours'])}."
    )


def of_reviewers(table: Answer, people: int, shown: int) -> str:
    """A summary of who reviewed when."""
    reviews = sum(row["reviews"] for row in table.rows)
    lead = f"{many(reviews, 'review')} by {many(people, 'person', 'people')}, a row each in the order of their names"
    if people > shown:
        return f"{lead}; the {shown} with the most reviews are drawn, all {people} are in the CSV."
    return f"{lead}; a blank cell is a week without a review."
