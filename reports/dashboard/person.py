"""What stands on a person's page: what they reviewed, what of theirs is open, what waits on them. No ranking, no score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reports.dashboard import tables
from reports.dashboard.blocks import Figure, Table
from reports.dashboard.pages import Paths, csv_path, newcomers_table, reviews_figure
from reports.dashboard.people import Person
from reports.dashboard.series import Series, by_person, with_rows
from reports.question import Answer, Column, Row
from reports.render.cells import many


@dataclass(frozen=True, slots=True)
class PersonPage:
    """The blocks of a person's page."""

    person: Person
    reviews: Figure
    counts: Table
    own: Table
    waiting: Table
    firsts: Table


class PersonPages:
    """Makes people's pages out of what was asked for the whole site."""

    def __init__(self, series: Series, paths: Paths) -> None:
        self.series, self.paths = series, paths
        self.weeks = by_person(series.reviewers_weeks)
        self.windows = tables.windows_of(series)
        self.own = _rows_by(series.waiting.rows, "owner_person")
        self.waiting: dict[int, list[Row]] = {}
        for row in series.waiting.rows:
            for person in str(row["asked_people"] or "").split(","):
                if person:
                    self.waiting.setdefault(int(person), []).append(row)
        self.firsts = _rows_by(series.newcomers.rows, "person_id")

    def page(self, person: Person) -> PersonPage:
        """The blocks of one person's page."""
        nothing: Sequence[Row | None] = [None] * len(self.series.span.weeks)
        weeks = tables.person_weeks(person.id, self.series, self.weeks.get(person.id, nothing))
        links = self.paths.change_links("owner_person", "owner")
        return PersonPage(
            person,
            replace(reviews_figure(person.path, weeks, "No reviews by this person in these weeks."), height=260),
            self._counts(person),
            Table("own", "Own changes that are open", with_rows(self.series.waiting, self.own.get(person.id, [])),
                  csv_path(person.path, "own-open-changes"), "No open changes of their own right now.", links, ("owner",)),
            Table("waiting", "Waits on this person", with_rows(self.series.waiting, self.waiting.get(person.id, [])),
                  csv_path(person.path, "waits-on-person"),
                  "Nothing waits on this person right now.", links),
            newcomers_table("firsts", with_rows(self.series.newcomers, self.firsts.get(person.id, [])),
                       csv_path(person.path, "firsts"), self.paths, ("person",)),
        )  # fmt: skip

    def _counts(self, person: Person) -> Table:
        rows: Mapping[int, Row | None] = self.windows.get(person.id, dict.fromkeys(self.series.reviewers))
        return Table(
            "counts", "Reviews in the last 30, 90 and 180 days", tables.person_windows(person.id, self.series, rows),
            csv_path(person.path, "counts"), "",
        )  # fmt: skip


def people_list(people: Mapping[int, Person], series: Series) -> Table:
    """Everybody who has a page, in the order of their names."""
    rows: list[Row] = [
        {
            "person": person.name,
            "person_id": person.id,
            "accounts": ", ".join(f"{a.server} {a.number}" for a in person.accounts),
        }
        for person in sorted(people.values(), key=lambda person: (person.name.casefold(), person.id))
    ]
    columns = (Column("person", "Person"), Column("accounts", "Gerrit accounts", "text", "server and account number"))
    answer = Answer("people", "People", series.waiting.asked, columns, rows, {})
    links = {"person": Paths(people).person("person_id")}
    empty = "Nobody has reviewed or uploaded here yet."
    return Table(
        "people",
        many(len(rows), "person", "people"),
        answer,
        "data/people/people.csv",
        empty,
        links,
        most=100_000,
        whole=True,
    )


def _rows_by(rows: Sequence[Row], key: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row[key], []).append(row)
    return found
