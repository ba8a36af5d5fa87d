"""Which pages does a site have? All of them as a mapping from path to content: the same database and the same
`until` give the same bytes."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from reports.dashboard import pages
from reports.dashboard.blocks import Figure, Table
from reports.dashboard.headline import headlines
from reports.dashboard.html import render
from reports.dashboard.pages import Paths, Place
from reports.dashboard.people import Slugs, people_with_pages, shown_ids
from reports.dashboard.person import PersonPages, people_list
from reports.dashboard.series import Shared, Span, ask_series, ask_shared, span_of
from reports.metrics import definition, questions
from reports.period import iso, week_name, words
from reports.render.csv import render as to_csv
from reports.scope import Scope, find_scope


@dataclass(frozen=True, slots=True)
class Site:
    """What every page of a site knows."""

    connection: sqlite3.Connection
    whole: Place
    teams: Sequence[Place]
    projects: Sequence[Place]
    paths: Paths

    @property
    def span(self) -> Span:
        """The time shown."""
        return self.whole.series.span


def build(connection: sqlite3.Connection, scope: Scope, until: int, weeks: int) -> dict[str, str]:
    """Every file of the site, by its path: pages, CSV, style and scripts."""
    site = _ask(connection, scope, ask_shared(connection, scope, span_of(until, weeks)))
    common = _common(site)
    content = {
        name: (files("reports.dashboard") / "static" / name).read_text(encoding="utf-8")
        for name in ("site.css", "site.js")
    }
    content["plotly.min.js"] = plotly_js()
    for path, html, blocks in _pages(site, common):
        content[path] = html
        content |= {block.csv: to_csv(block.table if isinstance(block, Figure) else block.answer) for block in blocks}
    return content


@cache
def plotly_js() -> str:
    """The library that draws, as it comes with plotly's package."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


def _ask(connection: sqlite3.Connection, scope: Scope, shared: Shared) -> Site:
    whole = Place("community", scope.words, "index.html", [name for _, name in _projects(connection, scope)],
                  ask_series(connection, scope, shared))  # fmt: skip
    slugs, projects, paths = Slugs(), [], {}
    for number, name in _projects(connection, scope):
        one = Scope((number,), scope.team_ids, name)
        paths[number] = f"project/{slugs.take(name.rpartition('/')[2])}.html"
        projects.append(Place("project", name, paths[number], [name], ask_series(connection, one, shared)))
    people = people_with_pages(connection, shown_ids(whole.series))
    return Site(connection, whole, _teams(connection, scope, shared), projects, Paths(people, paths))


def _projects(connection: sqlite3.Connection, scope: Scope) -> list[tuple[int, str]]:
    rows = connection.execute("SELECT id, name FROM projects ORDER BY name, id")
    return [(number, name) for number, name in rows if number in scope.project_ids]


def _teams(connection: sqlite3.Connection, scope: Scope, shared: Shared) -> list[Place]:
    slugs, teams = Slugs(), []
    for team, name in connection.execute("SELECT id, name FROM teams ORDER BY id").fetchall():
        if team not in scope.team_ids:
            continue
        asked = find_scope(connection, name, None)
        names = [project for number, project in _projects(connection, scope) if number in asked.project_ids]
        teams.append(Place("team", name, f"team/{slugs.take(name)}.html", names, ask_series(connection, asked, shared)))
    return teams


def _common(site: Site) -> dict[str, object]:
    """What the frame of every page says: which time it shows, and how complete that is."""
    span, newcomers = site.span, site.whole.series.newcomers
    collected = site.connection.execute("SELECT max(finished_at) FROM runs WHERE errors = 0").fetchone()[0]
    return {
        "community": site.whole.name,
        "until": iso(span.until)[:16].replace("T", " "),
        "weeks": len(span.weeks),
        "first_week": week_name(span.since),
        "last_week": week_name(span.last.since),
        "last_week_words": words(*span.last).removeprefix("week "),
        "window": words(span.since, span.last.until),
        "collected": iso(collected)[:16].replace("T", " ") if collected else None,
        "too_early": collected is None or collected < span.until,
        "notes": newcomers.notes,
        "team_count": len(site.teams),
        "person_count": len(site.paths.people),
    }


Page = tuple[str, str, Sequence[Figure | Table]]


def _pages(site: Site, common: Mapping[str, object]) -> Iterator[Page]:
    """Path, HTML and blocks of every page."""
    yield _overview(site, common)
    people = people_list(site.paths.people, site.whole.series)
    yield "people.html", render("people.html.j2", "people.html", people=people, **common), [people]
    meanings = [(question.title, definition(question), question) for question in questions().values()]
    yield "definitions.html", render("definitions.html.j2", "definitions.html", meanings=meanings, **common), []
    for place in (*site.teams, *site.projects):
        yield _place(place, site, common)
    maker = PersonPages(site.whole.series, site.paths)
    for person in site.paths.people.values():
        made = maker.page(person)
        blocks: list[Figure | Table] = [made.reviews, made.counts, made.own, made.waiting, made.firsts]
        yield person.path, render("person.html.j2", person.path, made=made, person=person, **common), blocks


def _overview(site: Site, common: Mapping[str, object]) -> Page:
    whole = site.whole
    drawn, listed = pages.place_figures(whole), pages.place_tables(whole, site.paths)
    lists = [pages.place_list("team", site.teams, whole.series)] if site.teams else []
    lists.append(pages.place_list("project", site.projects, whole.series))
    longest = pages.longest(whole, site.paths)
    html = render(
        "index.html.j2", whole.path, headlines=headlines(whole.series), figures=drawn, lists=lists, tables=listed,
        longest=longest, **common,
    )  # fmt: skip
    used = [drawn[name] for name in ("reviews", "flow", "waiting", "response")]
    return whole.path, html, [*used, *lists, longest, listed["merged"], listed["newcomers"]]


def _place(place: Place, site: Site, common: Mapping[str, object]) -> Page:
    drawn, listed = pages.place_figures(place), pages.place_tables(place, site.paths)
    reviewers = pages.reviewer_tables(place, site.paths)
    inside = set(place.series.scope.project_ids)
    linked = [
        (project.name, project.path) for project in site.projects if inside.issuperset(project.series.scope.project_ids)
    ]
    html = render(
        "place.html.j2", place.path, place=place, headlines=headlines(place.series), figures=drawn, tables=listed,
        reviewers=reviewers, linked=linked, **common,
    )  # fmt: skip
    return place.path, html, [*drawn.values(), *(table for _, table in reviewers), *listed.values()]
