"""What stands on each page? Blocks put together from what was asked; nothing is counted here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reports.dashboard import figures, tables, words
from reports.dashboard.blocks import Figure, Linker, Table
from reports.dashboard.people import Person
from reports.dashboard.series import Series, between, with_rows
from reports.digest import waits_on_team
from reports.period import week_name
from reports.question import Answer, Column, Row
from reports.render.cells import one_line


@dataclass(frozen=True, slots=True)
class Place:
    """A team, a project, or the whole site: its name, its page, its projects and what was asked about it."""

    kind: str
    name: str
    path: str
    projects: Sequence[str]
    series: Series


@dataclass(frozen=True, slots=True)
class Paths:
    """Where people's, teams' and projects' pages are; for those that have none there is no link."""

    people: Mapping[int, Person]
    projects: Mapping[int, str] = field(default_factory=dict)

    def person(self, key: str) -> Linker:
        """A link to the page of the person whose id a row has under `key`."""
        return lambda row: self.people[row[key]].path if row[key] in self.people else None

    def change_links(self, key: str, column: str) -> dict[str, Linker]:
        """Links of a table of changes: the change on its server, its project, its owner or reviewer."""
        return {
            "change": lambda row: str(row["url"]),
            "project": lambda row: self.projects.get(row["project_id"]),
            column: self.person(key),
        }


def csv_path(page: str, name: str) -> str:
    """Where the CSV of a block of a page is: data/team/x.html's reviews → data/team/x/reviews.csv."""
    return f"data/{page.removesuffix('.html')}/{name}.csv"


def place_figures(place: Place) -> dict[str, Figure]:
    """All figures of a team's or project's page, by name."""
    return {
        "reviews": reviews_figure(place.path, tables.reviews_by_week(place.series)),
        "reviewers": _heatmap(place),
        "flow": _flow(place),
        "waiting": _waiting_ages(place),
        "response": _response(place),
    }


def reviews_figure(page: str, table: Answer, empty: str = "No reviews in these weeks yet.") -> Figure:
    there = any(row["reviews"] for row in table.rows)
    return Figure(
        "reviews", "Reviews a week, by value", words.of_reviews(table) if there else "",
        figures.stacked_reviews(table) if there else None, table, csv_path(page, "reviews-by-week"), 300, empty,
        "Each review is counted once, under the review vote standing on that patch set at the week’s end; 0 is a "
        "review in words, without a vote. A patch set judged again in a later week is counted in both.",
    )  # fmt: skip


def _flow(place: Place) -> Figure:
    table = tables.flow_by_week(place.series)
    there = any(row[name] for row in table.rows for name in ("created", "merged", "abandoned", "open"))
    return Figure(
        "flow", "Changes created, merged and abandoned; the open queue", words.of_flow(table) if there else "",
        figures.flow(table) if there else None, table, csv_path(place.path, "changes-by-week"), 400,
        "No change was created, merged, abandoned or open in these weeks.",
        "Open: changes open and not work in progress at the week’s end.",
    )  # fmt: skip


def _heatmap(place: Place) -> Figure:
    table = tables.reviewer_weeks(place.series)
    people = figures.heatmap_people(table)
    shown = min(people, figures.HEATMAP_PEOPLE)
    height = figures.HEATMAP_TOP + 12 + figures.HEATMAP_ROW * shown
    return Figure(
        "reviewers", "Who reviewed when", words.of_reviewers(table, people, shown) if people else "",
        figures.heatmap(table) if people else None, table, csv_path(place.path, "reviews-by-reviewer"), height,
        "No reviews in these weeks yet.", "The deeper the colour, the more reviews in that week.",
    )  # fmt: skip


def _waiting_ages(place: Place) -> Figure:
    table = tables.waiting_by_age(place.series)
    there = bool(place.series.waiting.rows)
    return Figure(
        "waiting", "How long open changes wait, by whose turn it is", words.of_waiting(table) if there else "",
        figures.waiting_ages(table) if there else None, table, csv_path(place.path, "waiting-by-age"), 300,
        "Nothing waits: no open change that is not work in progress.",
    )  # fmt: skip


def _response(place: Place) -> Figure:
    table = tables.response_by_week(place.series)
    there = any(row["answered"] for row in table.rows)
    return Figure(
        "response", "Time to first response, by week of creation", words.of_response(table) if there else "",
        figures.response_band(table) if there else None, table, csv_path(place.path, "first-response-by-week"), 320,
        "No change created in these weeks has a response yet.",
        "As known on the date of this page: changes not answered yet have no value, so the last weeks look faster than they "
        "will in the end. Half of the answered changes lie within the bar.",
    )  # fmt: skip


def reviewer_tables(place: Place, paths: Paths) -> list[tuple[int, Table]]:
    """Reviewers of each window: days and table."""
    return [
        (
            days,
            Table(
                f"reviewers-{days}", f"Reviewers, last {days} days", answer, csv_path(place.path, f"reviewers-{days}-days"),
                "Nobody has reviewed in these days yet.", {"person": paths.person("person_id")}, named=True,
            ),
        )
        for days, answer in place.series.reviewers.items()
    ]  # fmt: skip


def place_tables(place: Place, paths: Paths) -> dict[str, Table]:
    """Tables of changes and newcomers of a team's or project's page, by name."""
    week = place.series.span.last
    merged, newcomers = between(place.series.merged, week), place.series.newcomers
    one = ("project",) if len(place.projects) == 1 else ()
    return {
        "waiting": Table(
            "waits", "What waits, and on whom", place.series.waiting, csv_path(place.path, "waiting"),
            "Nothing waits here. That is worth a small celebration.", paths.change_links("owner_person", "owner"), one,
        ),
        "merged": Table(
            "merged", f"Merged in {week_name(week.since)}", merged, csv_path(place.path, "merged-last-week"),
            "Nothing merged in that week.", paths.change_links("owner_person", "owner"), one,
        ),
        "newcomers": newcomers_table("newcomers", newcomers, csv_path(place.path, "newcomers"), paths, one),
    }  # fmt: skip


NEW = {"first_change": "first change", "first_merge": "first merge", "first_review": "first review"}


def newcomers_table(name: str, answer: Answer, csv: str, paths: Paths, hidden: Sequence[str] = ()) -> Table:
    """Newcomers, latest first, with a word that says whether the history before is known."""
    rows: list[Row] = [
        {**row, "kind": NEW[row["kind"]] + ("" if row["complete"] else " (first seen)")}
        for row in sorted(answer.rows, key=lambda row: -int(row["at"]))
    ]
    columns = [replace(column, definition="") if column.name == "kind" else column for column in answer.columns]
    shown = replace(answer, rows=rows, columns=columns)
    links = paths.change_links("person_id", "person")
    title = "Newcomers" if name == "newcomers" else "New here"
    return Table(name, title, shown, csv, "Nobody new in these weeks.", links, hidden)


def longest(place: Place, paths: Paths) -> Table:
    """What waits longest on reviewers and cores, without what everybody has given up on."""
    rows, note = waits_on_team(place.series.waiting)
    answer = with_rows(place.series.waiting, rows)
    return Table(
        "longest", "Waits longest", answer, csv_path(place.path, "waits-longest"), "Nothing waits on a reviewer or a core.",
        paths.change_links("owner_person", "owner"), note=note, most=15,
    )  # fmt: skip


PLACE_COLUMNS = (
    Column("projects", "Projects", "integer", "watched projects"),
    Column("reviews", "Reviews", "integer", "in the last whole week"),
    Column("reviewers", "Reviewers", "integer", "people with a review in the last whole week"),
    Column("created", "Created", "integer", "in the last whole week"),
    Column("merged", "Merged", "integer", "in the last whole week"),
    Column("open", "Open", "integer", "open and not work in progress now"),
    Column("turn", "On reviewers", "integer", "of these, waiting on a reviewer or a core"),
    Column("median_hours", "Median wait", "hours", "of the open ones, on whoever must act next"),
)


def place_list(kind: str, places: Sequence[Place], series: Series) -> Table:
    """Teams or projects with their key numbers, each with a link to its page."""
    columns = [Column("name", kind.capitalize()), *PLACE_COLUMNS]
    rows: list[Row] = []
    for place in places:
        week, waiting = place.series.reviewers_weeks[-1].totals, place.series.waiting.totals
        rows.append(
            {
                "name": one_line(place.name), "path": place.path, "projects": len(place.projects),
                **{name: week[name] for name in ("reviews", "reviewers", "created", "merged")},
                "open": waiting["changes"], "turn": waiting["reviewer"] + waiting["core"],
                "median_hours": waiting["median_hours"],
            }
        )  # fmt: skip
    answer = Answer(f"{kind}s", f"{kind.capitalize()}s", series.waiting.asked, columns, rows, {})
    return Table(
        f"{kind}s", f"{kind.capitalize()}s", answer, f"data/index/{kind}s.csv", f"No {kind}s are configured.",
        {"name": lambda row: str(row["path"])}, ("projects",) if kind == "project" else (), named=True,
    )  # fmt: skip
