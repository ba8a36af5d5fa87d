"""The dashboard's pages: every link leads somewhere, every figure is its CSV, others' words are only words, twice the
same bytes, nobody's files are touched, and a browser shows all of it on a phone and in the dark."""

import csv
import io
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from click.testing import CliRunner, Result
from playwright.sync_api import Browser, Page, sync_playwright

from bot.main import main
from reports.dashboard.blocks import safe_url, script_json
from reports.dashboard.people import Slugs
from reports.dashboard.series import span_of
from reports.dashboard.site import build
from reports.dashboard.writer import MANIFEST, NotOurs, write
from reports.database import open_database
from reports.metrics import questions
from reports.period import day, parse_moment, parse_week
from reports.question import Asked, ask
from reports.scope import find_scope

ROOT = Path(__file__).parent.parent
UNTIL = "2026-07-01"
WEEKS = 26

HOSTILE = [
    "<script>window.hacked = 1</script>",
    "</script><img src=x onerror='window.hacked = 1'>",
    '"><svg onload="window.hacked = 1">',
    "=HYPERLINK(1)",
    "<b>bold</b> & {{ 7 * 7 }}",
    "محمد بن عبد الله",
    "דוד לוי",
    "Wolfeschlegelsteinhausenbergerdorff " * 2 + "the Eldest",
    "W" * 80,
    "<a href='javascript:window.hacked=1'>me</a>",
]

CONFIG = """
database = "community.sqlite"
[[gerrit]]
name = "example"
url = "https://review.example.org"
git = "{data}/{{name}}.bundle"
accounts = "{data}/accounts.json"
projects = ["openbmc/phosphor-led-manager", "openbmc/phosphor-state-manager", "openbmc/x86-power-control"]
[[gerrit]]
name = "second"
url = "https://review.example.net/r"
git = "{data}/rdo/{{name}}.bundle"
accounts = "{data}/rdo/accounts.json"
projects = ["openstack/glance-distgit"]
"""

TEAMS = """
[[team]]
name = "power & state"
projects = ["openbmc/*"]
[[team]]
name = "images"
projects = ["openstack/*"]
"""


def collected(folder: Path, teams: str) -> Path:
    """The sample community, collected; the configuration's path."""
    config = folder / "config.toml"
    config.write_text(CONFIG.format(data=ROOT / "tests/data/sample") + teams, encoding="utf-8")
    run = plustwo(config, "collect")
    assert run.exit_code == 0, run.output
    return config


def plustwo(config: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(config), *words])


def made(config: Path, folder: Path, *words: str) -> Path:
    run = plustwo(config, "dashboard", str(folder), "--until", UNTIL, *words)
    assert run.exit_code == 0, run.output
    assert (folder / "index.html").as_uri() in run.output
    return folder


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return collected(tmp_path_factory.mktemp("community"), TEAMS)


@pytest.fixture(scope="module")
def site(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(config, tmp_path_factory.mktemp("site") / "pages")


@pytest.fixture(scope="module")
def hostile(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a community in which people, changes and a team are named to do harm."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copy(config.parent / "community.sqlite", folder / "community.sqlite")
    connection = sqlite3.connect(folder / "community.sqlite")
    people = [row[0] for row in connection.execute("SELECT id FROM people ORDER BY id")]
    changes = [row[0] for row in connection.execute("SELECT id FROM changes ORDER BY id")]
    for table, ids, column in (("people", people, "name"), ("changes", changes, "subject")):
        named = [(HOSTILE[number % len(HOSTILE)], one) for number, one in enumerate(ids)]
        connection.executemany(f"UPDATE {table} SET {column} = ? WHERE id = ?", named)
    connection.execute("UPDATE teams SET name = ? WHERE id = 1", (HOSTILE[1],))
    connection.execute("UPDATE servers SET url = 'javascript:window.hacked=1//' WHERE id = 2")
    connection.commit()
    connection.close()
    reading = open_database(folder / "community.sqlite")
    write(folder / "pages", build(reading, find_scope(reading, None, None), parse_moment(UNTIL), WEEKS))
    return folder / "pages"


class Seen(HTMLParser):
    """Tags with their attributes, and the texts of scripts, as a browser's parser would see them."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.plots: dict[str, dict[str, Any]] = {}
        self._plot: str | None = None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        self._plot = found["id"] if tag == "script" and found.get("type") == "application/json" else None

    def handle_data(self, data: str) -> None:
        if self._plot:
            self.plots[self._plot] = json.loads(data)
            self._plot = None

    def every(self, attribute: str) -> list[str]:
        return [attrs[attribute] for _, attrs in self.tags if attribute in attrs]


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


# What is written -----------------------------------------------------------------------------------------------------


def test_there_is_a_page_for_the_community_each_team_each_project_and_each_person(site: Path) -> None:
    assert {path.relative_to(site).parts[0] for path in pages(site)} == {
        "index.html", "people.html", "definitions.html", "team", "project", "person"
    }  # fmt: skip
    assert [path.name for path in sorted((site / "team").iterdir())] == ["images.html", "power-state.html"]
    assert len(list((site / "project").iterdir())) == 4
    named = set(Seen(site / "people.html").every("href"))
    people = {f"person/{path.name}" for path in (site / "person").iterdir()}
    assert len(people) > 15
    assert people <= named


@pytest.mark.parametrize("folder", ["site", "hostile"])
def test_every_link_leads_to_a_file_of_the_site_and_nothing_is_loaded_from_elsewhere(
    folder: str, request: pytest.FixtureRequest
) -> None:
    site: Path = request.getfixturevalue(folder)
    for page in pages(site):
        seen = Seen(page)
        for tag, attrs in seen.tags:
            for name in {"href", "src"} & attrs.keys():
                target = urlsplit(attrs[name])
                if target.scheme == "data":
                    assert attrs[name] == "data:,"
                elif target.scheme:
                    assert (tag, target.scheme) == ("a", "https"), attrs[name]
                elif target.path:
                    assert (page.parent / unquote(target.path)).resolve().is_file(), f"{page}: {attrs[name]}"
                else:
                    assert target.fragment in seen.every("id")


def test_plotly_is_there_once_and_before_what_uses_it(site: Path) -> None:
    assert [path.relative_to(site) for path in site.rglob("plotly*")] == [Path("plotly.min.js")]
    for page in pages(site):
        scripts = [attrs["src"] for tag, attrs in Seen(page).tags if tag == "script" and "src" in attrs]
        up = "../" * (len(page.relative_to(site).parts) - 1)
        assert scripts in ([f"{up}plotly.min.js", f"{up}site.js"], [f"{up}site.js"])
        assert all("defer" in attrs for tag, attrs in Seen(page).tags if tag == "script" and "src" in attrs)


def test_two_runs_give_the_same_bytes(config: Path, site: Path, tmp_path: Path) -> None:
    again = made(config, tmp_path / "again")
    first = {path.relative_to(site): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    second = {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()}
    assert first == second


def test_every_id_is_there_once(site: Path) -> None:
    for page in pages(site):
        ids = Seen(page).every("id")
        assert len(ids) == len(set(ids)), page


def test_every_table_and_figure_has_a_csv(site: Path) -> None:
    for page in pages(site):
        seen = Seen(page)
        linked = [attrs["href"] for tag, attrs in seen.tags if tag == "a" and attrs.get("class") == "csv"]
        blocks = [attrs for tag, attrs in seen.tags if tag == "table" or (tag == "figure")]
        assert len(set(linked)) == len(linked) >= len(blocks), page


# The numbers ---------------------------------------------------------------------------------------------------------

CSV_OF = {
    "plot-reviews-data": "reviews-by-week",
    "plot-flow-data": "changes-by-week",
    "plot-reviewers-data": "reviews-by-reviewer",
    "plot-waiting-data": "waiting-by-age",
    "plot-response-data": "first-response-by-week",
}
COLUMN_OF = {
    "−2": "minus2", "−1": "minus1", "0": "comment", "+1": "plus1", "+2": "plus2", "open at the week’s end": "open",
    "on reviewer": "reviewer", "on core": "core", "on owner": "owner", "on CI": "ci",
}  # fmt: skip


def figures(site: Path) -> Iterator[tuple[str, dict[str, Any], list[dict[str, str]]]]:
    for page in pages(site):
        for name, plot in Seen(page).plots.items():
            data = site / "data" / page.relative_to(site).with_suffix("") / f"{CSV_OF[name]}.csv"
            yield name, plot, rows_of(data)


def test_every_figure_is_its_csv(site: Path) -> None:
    seen = set()
    for name, plot, rows in figures(site):
        seen.add(name)
        if name == "plot-reviewers-data":
            drawn = sum(cell or 0 for line in plot["data"][0]["z"] for cell in line)
            assert drawn == sum(int(row["reviews"]) for row in rows) > 0
        elif name == "plot-response-data":
            days = [None if row["median_hours"] == "" else float(row["median_hours"]) / 24 for row in rows]
            assert plot["data"][1]["y"] == pytest.approx(days, abs=0.001)
        else:
            for trace in plot["data"]:
                column = COLUMN_OF.get(trace["name"], trace["name"])
                assert trace["y"] == [int(row[column]) for row in rows], (name, trace["name"])
    assert seen == set(CSV_OF)


def test_plotly_takes_every_figure(site: Path) -> None:
    from plotly import graph_objects

    for name, plot, _ in figures(site):
        assert graph_objects.Figure(plot).data, name


def test_the_weeks_are_the_answers_for_these_weeks(config: Path, site: Path) -> None:
    connection = open_database(config.parent / "community.sqlite")
    scope = find_scope(connection, "power & state", None)
    rows = rows_of(site / "data/team/power-state/reviews-by-week.csv")
    changes = rows_of(site / "data/team/power-state/changes-by-week.csv")
    weeks = span_of(parse_moment(UNTIL), WEEKS).weeks
    assert [row["monday"] for row in rows] == [day(week.since) for week in weeks]
    assert (len(rows), rows[-1]["week"]) == (WEEKS, "2026-W26")
    for week, row, change in zip(weeks, rows, changes, strict=True):
        asked = Asked(week.since, week.until, scope)
        reviewers = ask(connection, questions()["reviewers"], asked)
        waiting = ask(connection, questions()["waiting"], asked)
        assert int(row["reviews"]) == reviewers.totals["reviews"]
        assert sum(int(row[name]) for name in ("minus2", "minus1", "comment", "plus1", "plus2")) == int(row["reviews"])
        assert int(change["merged"]) == reviewers.totals["merged"]
        assert int(change["open"]) == waiting.totals["changes"]
        assert int(change["owner"]) == waiting.totals["owner"]


def test_weeks_are_whole_and_end_before_the_page() -> None:
    for until, last in (("2026-07-01", "2026-W26"), ("2026-06-29", "2026-W26"), ("2026-06-28T23:59:59", "2026-W25")):
        span = span_of(parse_moment(until), 3)
        assert span.last == parse_week(last)
        assert [week.until for week in span.weeks[:-1]] == [week.since for week in span.weeks[1:]]
        assert (len(span.weeks), span.since) == (3, span.last.since - 14 * 86400)


def test_what_is_shared_out_is_what_would_be_asked(config: Path, site: Path) -> None:
    connection = open_database(config.parent / "community.sqlite")
    until = parse_moment(UNTIL)
    since = span_of(until, WEEKS).since
    for team, slug in (("power & state", "power-state"), ("images", "images")):
        scope = find_scope(connection, team, None)
        for name, file in (("waiting", "waiting"), ("newcomers", "newcomers")):
            rows = ask(connection, questions()[name], Asked(since, until, scope)).rows
            written = rows_of(site / f"data/team/{slug}/{file}.csv")
            assert sorted(str(row["change"]) for row in rows) == sorted(row["change"] for row in written), (team, name)
        for days in (30, 90, 180):
            rows = ask(connection, questions()["reviewers"], Asked(until - days * 86400, until, scope)).rows
            written = rows_of(site / f"data/team/{slug}/reviewers-{days}-days.csv")
            assert [row["reviews"] for row in rows] == [int(row["reviews"]) for row in written]


def test_people_are_told_apart_by_their_accounts_not_their_names(config: Path, tmp_path: Path) -> None:
    shutil.copy(config.parent / "community.sqlite", tmp_path / "same.sqlite")
    connection = sqlite3.connect(tmp_path / "same.sqlite")
    connection.execute("UPDATE people SET name = 'Kim Lee'")
    connection.commit()
    reading = open_database(tmp_path / "same.sqlite")
    scope = find_scope(reading, None, None)
    until = parse_moment(UNTIL)
    content = build(reading, scope, until, WEEKS)
    expected = ask(reading, questions()["reviewers"], Asked(until - 90 * 86400, until, scope)).rows
    counts = []
    for name in content:
        if re.fullmatch(r"data/person/.*/counts\.csv", name):
            row = list(csv.DictReader(io.StringIO(content[name])))[1]
            counts.append(int(row["reviews"]))
    assert sorted(filter(None, counts)) == sorted(row["reviews"] for row in expected if row["reviews"])
    assert len(expected) > 5
    (heatmap,) = [
        json.loads(text)
        for text in re.findall(r'id="plot-reviewers-data">(.*?)</script>', content["team/power-state.html"])
    ]
    assert set(heatmap["layout"]["yaxis"]["ticktext"]) == {"Kim Lee"}
    assert len(heatmap["data"][0]["z"]) == len(heatmap["layout"]["yaxis"]["tickvals"]) > 3


def test_a_team_alone_is_a_site_of_its_own(config: Path, tmp_path: Path) -> None:
    folder = made(config, tmp_path / "images", "--team", "images", "--weeks", "4")
    assert [path.name for path in (folder / "team").iterdir()] == ["images.html"]
    assert [path.name for path in (folder / "project").iterdir()] == ["glance-distgit.html"]
    assert len(rows_of(folder / "data/index/reviews-by-week.csv")) == 4
    assert "No reviews in these weeks yet." in (folder / "team/images.html").read_text(encoding="utf-8")


def test_without_teams_projects_stand_in_for_them(tmp_path: Path) -> None:
    folder = made(collected(tmp_path, ""), tmp_path / "pages")
    assert not (folder / "team").exists()
    assert "project/x86-power-control.html" in (folder / "index.html").read_text(encoding="utf-8")


def test_before_anything_happened_every_page_says_so_kindly(config: Path, tmp_path: Path) -> None:
    run = plustwo(config, "dashboard", str(tmp_path / "early"), "--until", "2001-01-01")
    assert run.exit_code == 0, run.output
    for page in pages(tmp_path / "early"):
        assert not Seen(page).plots
    text = (tmp_path / "early/index.html").read_text(encoding="utf-8")
    assert "Nothing waits" in text
    assert "No reviews in these weeks yet." in text


# Others' words -------------------------------------------------------------------------------------------------------


def test_names_and_subjects_are_only_words(hostile: Path) -> None:
    for page in pages(hostile):
        text = page.read_text(encoding="utf-8")
        for words in (
            "<script>window",
            "<img",
            "<svg",
            "<b>bold",
            "<a href='javascript",
            "javascript:window.hacked=1//",
        ):
            assert words not in text, (page, words)
        seen = Seen(page)
        assert not [attrs for _, attrs in seen.tags for name in attrs if name.startswith("on")], page
        for plot in seen.plots.values():
            assert "<script" not in json.dumps(plot)
    team = next((hostile / "team").glob("script-img*.html")).read_text(encoding="utf-8")
    assert "&lt;script&gt;window.hacked = 1&lt;/" in team
    assert "{{ 7 * 7 }}" in team


def test_a_spreadsheet_computes_nothing(hostile: Path) -> None:
    cells = [
        cell
        for path in hostile.rglob("*.csv")
        for row in csv.reader(io.StringIO(path.read_text("utf-8")))
        for cell in row
    ]
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+", "\t"))]


def test_only_http_and_relative_links_are_links() -> None:
    assert safe_url("https://review.example.org/c/1")
    assert safe_url("person/a-1.html")
    for bad in (
        "javascript:alert(1)",
        "//elsewhere.example.org",
        "/etc/passwd",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "java\nscript:alert(1)",
        "",
        None,
        "vbscript:x/y",
    ):
        assert safe_url(bad) is None, bad


def test_json_cannot_end_its_script_element() -> None:
    text = script_json({"name": "</script><!--\u2028&"})
    assert not set(text) & set("<>&\u2028")
    assert json.loads(text) == {"name": "</script><!--\u2028&"}


def test_file_names_are_plain_and_given_once() -> None:
    slugs = Slugs()
    names = [slugs.take(words) for words in ("Team A", "team-a", "../../etc", "名前", "", "Ünï", "x" * 300)]
    assert names == ["team-a", "team-a-2", "etc", "unnamed", "unnamed-2", "uni", "x" * 60]


# The folder ----------------------------------------------------------------------------------------------------------


def test_a_folder_of_somebody_else_is_left_alone(config: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    run = plustwo(config, "dashboard", str(tmp_path), "--until", UNTIL)
    assert run.exit_code == 2
    assert "is not empty and was not made by plustwo dashboard" in run.output
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_stale_pages_go_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    write(folder, {"index.html": "1", "person/a.html": "a", "data/person/a/counts.csv": "x"})
    (folder / "person/mine.txt").write_text("mine", encoding="utf-8")
    write(folder, {"index.html": "2"})
    left = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert left == [MANIFEST, "index.html", "person/mine.txt"]
    assert not (folder / "data").exists()
    with pytest.raises(NotOurs, match=r"mine\.txt"):
        write(folder, {"index.html": "3", "person/mine.txt": "ours"})
    assert (folder / "person/mine.txt").read_text(encoding="utf-8") == "mine"
    assert (folder / "index.html").read_text(encoding="utf-8") == "2"


def test_an_interrupted_run_leaves_nothing_that_is_nobodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "pages"
    write(folder, {"index.html": "1", "old.html": "old"})
    replace = Path.replace

    def breaks(self: Path, target: Path) -> Path:
        if target.name == "index.html":
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", breaks)
    with pytest.raises(KeyboardInterrupt):
        write(folder, {"index.html": "2", "new.html": "new"})
    monkeypatch.undo()
    assert (folder / "index.html").read_text(encoding="utf-8") == "1"
    write(folder, {"index.html": "3"})
    assert sorted(path.name for path in folder.iterdir()) == [MANIFEST, "index.html"]


@pytest.mark.parametrize("names", [["../outside.txt"], ["/etc/outside"], ["a\\b"], [""], [7], "index.html", None])
def test_a_manifest_that_names_files_outside_is_refused(tmp_path: Path, names: object) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    (tmp_path / "outside.txt").write_text("keep", encoding="utf-8")
    (folder / MANIFEST).write_text(json.dumps({"files": names}), encoding="utf-8")
    with pytest.raises(NotOurs, match="does not list the files"):
        write(folder, {"index.html": "1"})
    assert (tmp_path / "outside.txt").exists()


# In a browser --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def shown(browser: Browser, page: Path, width: int = 1400, scheme: Any = "light") -> Page:
    """The page in the browser, drawn, without a word on its console."""
    view = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said: list[str] = []
    view.on("console", lambda message: said.append(message.text))
    view.on("pageerror", lambda problem: said.append(str(problem)))
    view.on("requestfailed", lambda request: said.append(f"not loaded: {request.url[:200]}"))
    view.goto(page.as_uri())
    view.wait_for_function(
        "[...document.querySelectorAll('.plot')].every((plot) => plot.querySelector('svg.main-svg'))"
    )
    assert said == [], page
    return view


def some_pages(site: Path) -> list[Path]:
    drawn = [path for path in pages(site) if path.parent.name == "person" and Seen(path).plots]
    return [site / "index.html", site / "people.html", site / "definitions.html", *(site / "team").iterdir(), drawn[0]]


@pytest.mark.parametrize("folder", ["site", "hostile"])
@pytest.mark.parametrize("width", [390, 1400])
def test_pages_fit_and_figures_are_drawn(
    folder: str, width: int, browser: Browser, request: pytest.FixtureRequest
) -> None:
    site: Path = request.getfixturevalue(folder)
    for path in some_pages(site):
        page = shown(browser, path, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate("window.hacked") is None
        for plot in page.locator(".plot").all():
            assert plot.locator(".point, .hm").count() > 0, (path, plot.get_attribute("id"))
        outside = page.evaluate(
            "[...document.querySelectorAll('.plot')].filter((plot) => plot.getBoundingClientRect().right > innerWidth).length"
        )
        assert outside == 0
        page.close()


def test_tables_are_sorted_by_a_click_and_by_the_keyboard(site: Path, browser: Browser) -> None:
    page = shown(browser, site / "team/power-state.html")
    cells = "[...document.querySelectorAll('#reviewers-30 tbody tr')].map((row) => row.cells[%d].textContent)"
    heading = page.locator("#reviewers-30 th", has_text="Reviews")
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    numbers = [int(text) for text in page.evaluate(cells % 2)]
    assert numbers == sorted(numbers, reverse=True)
    heading.locator("button").press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    numbers = [int(text) for text in page.evaluate(cells % 2)]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) > 2
    person = page.locator("#reviewers-30 th", has_text="Person")
    person.locator("button").press("Space")
    assert person.get_attribute("aria-sort") == "ascending"
    assert heading.get_attribute("aria-sort") is None
    waits = page.locator("#waits th", has_text="For").locator("button")
    waits.click()
    hours = page.evaluate("[...document.querySelectorAll('#waits tbody tr')].map((row) => +row.cells[6].dataset.sort)")
    assert len(hours) > 5
    assert hours == sorted(hours, reverse=True)
    page.close()


def test_dark_is_dark_and_figures_follow(site: Path, browser: Browser) -> None:
    light, dark = (shown(browser, site / "index.html", scheme=scheme) for scheme in ("light", "dark"))
    ground = "getComputedStyle(document.body).backgroundColor"
    ink = "getComputedStyle(document.querySelector('#plot-reviews .xtick text')).fill"
    assert _brightness(light.evaluate(ground)) > 200 > 60 > _brightness(dark.evaluate(ground))
    assert _brightness(light.evaluate(ink)) < 120 < 150 < _brightness(dark.evaluate(ink))
    light.emulate_media(color_scheme="dark")
    light.wait_for_function(f"{ink} === '{dark.evaluate(ink)}'")
    assert light.evaluate(ground) == dark.evaluate(ground)
    light.close()
    dark.close()


def test_people_are_found_by_a_part_of_their_name(site: Path, browser: Browser) -> None:
    page = shown(browser, site / "people.html")
    rows = page.locator("#people tbody tr")
    name = rows.nth(3).locator("td").first.inner_text()
    page.get_by_label("Find").fill(name.upper())
    visible = [text for text in rows.all_inner_texts() if text.strip()]
    assert 1 <= rows.filter(visible=True).count() < rows.count()
    assert any(name in text for text in visible)
    page.close()


def _brightness(colour: str) -> float:
    red, green, blue = (float(part) for part in re.findall(r"[\d.]+", colour)[:3])
    return (red + green + blue) / 3


def test_paths_in_the_manifest_are_the_files(site: Path) -> None:
    listed = json.loads((site / MANIFEST).read_text(encoding="utf-8"))["files"]
    there = {str(PurePosixPath(path.relative_to(site))) for path in site.rglob("*") if path.is_file()} - {MANIFEST}
    assert set(listed) == there
