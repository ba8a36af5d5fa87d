"""Collecting over REST while things go wrong: nothing is lost, nothing is half-done, and a sentence says what happened.

A recorded community answers (tests/replay.py) and misbehaves as each test tells it to. What it comes to in the end is
compared with a database that was collected undisturbed.
"""

import base64
import json
import re
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from click.testing import CliRunner, Result

import bot.main
from collectors.gerrit import details, listing
from collectors.gerrit.limits import Limits
from collectors.rest_source import RestServer
from collectors.store import open_database
from tests.replay import Info, Replay, gerrit_time, replayed
from tests.test_rest_killed import differences, dump

PROJECT, OTHER = "openbmc/x86-power-control", "openbmc/phosphor-user-manager"
CHANGES = 140
TODAY = 1787529600  # 2026-08-24, the day after the record ends
DAY = 86400
DETAILS, LISTING, COMMENTS = r"q=change:", r"q=\(project:.*&n=50", r"/comments$"
PLAIN = {"Content-Type": "text/plain;charset=utf-8"}

NEXT_RUN = pytest.mark.parametrize("words", [(), ("--everything",)], ids=["next run", "everything"])
"""How what may pass is read in the end."""

Row = tuple[Any, ...]


@pytest.fixture(scope="module")
def running(recorded: Path) -> Iterator[Replay]:
    with replayed(recorded, [PROJECT.rpartition("/")[2], OTHER.rpartition("/")[2]]) as server:
        yield server


@pytest.fixture
def server(running: Replay) -> Replay:
    """The community as it was recorded, at the end of TODAY."""
    running.mend()
    running.date(TODAY)
    return running


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client asks again at once, and twice only; and it asks in small pages and batches."""
    quick = partial(Limits, tries=3, first_pause=0.01, longest_backoff=0.02, connect=5, silence=5)
    monkeypatch.setattr("bot.gerrit.Limits", quick)
    monkeypatch.setattr(listing, "PAGE", 50)
    monkeypatch.setattr(details, "AT_ONCE", 10)
    monkeypatch.setattr("bot.servers.RestServer", in_small_batches)


def in_small_batches(*given: Any) -> RestServer:
    source = RestServer(*given)
    source.batch = min(source.batch, 20)
    return source


class Site:
    """Somebody who collects from the server, with a configuration and a database."""

    def __init__(self, folder: Path, server: Replay, projects: Sequence[str] = (PROJECT,)) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.server, self.projects = folder, server, projects
        self.path, self.database = folder / "config.toml", folder / "db.sqlite"
        self.write()

    def write(self, own: str = "", more: str = "") -> None:
        """The configuration: `own` is further TOML of the server's table, `more` of tables behind it."""
        self.path.write_text(
            f'database = "db.sqlite"\n[[gerrit]]\nname = "replay"\nurl = "{self.server.url}"\n'
            f"projects = {json.dumps(list(self.projects))}\n{own}\n{more}\n",
            encoding="utf-8",
        )

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(bot.main.main, ["--config", str(self.path), *words], catch_exceptions=False)

    def collect(self, *words: str, status: int = 0) -> str:
        """What it prints."""
        result = self.run("collect", *words)
        assert result.exit_code == status, result.output
        return result.output

    def requests(self, pattern: str = "") -> list[str]:
        """The targets asked for since this was last called, unquoted."""
        return [target for target in map(unquote, self.server.seen()) if re.search(pattern, target)]

    def rows(self, query: str) -> list[Row]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query).fetchall()

    def aside(self) -> list[Row]:
        return self.rows("SELECT item, reason FROM quarantine ORDER BY 1, 2")

    def mark(self) -> dict[str, Any]:
        """How far the project was read over REST."""
        [(value,)] = self.rows(f"SELECT value FROM watermarks WHERE source = 'rest' AND item LIKE '%{PROJECT}'")
        found: dict[str, Any] = json.loads(value)
        return found


@pytest.fixture(scope="module")
def collected(running: Replay, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that has all of the recorded community, as `server` starts with it."""
    running.mend()
    running.date(TODAY)
    site = Site(tmp_path_factory.mktemp("collected"), running)
    assert f"{CHANGES} changes read" in site.collect()
    return site.database


@pytest.fixture
def site(tmp_path: Path, server: Replay, collected: Path) -> Site:
    """Somebody who has collected everything."""
    shutil.copy(collected, tmp_path / "db.sqlite")
    server.seen()
    return Site(tmp_path, server)


@pytest.fixture
def empty(tmp_path: Path, server: Replay) -> Site:
    """Somebody who has collected nothing yet."""
    return Site(tmp_path, server)


def same(site: Site, other: Path) -> None:
    """Fails where the rows differ; when everything was last listed may differ."""
    found = [line for line in differences(site.database, other).splitlines() if not line.startswith("watermarks: ")]
    assert not found, "\n".join(found)


def undisturbed(folder: Path, server: Replay) -> Path:
    """A database of what the server tells now, collected at once."""
    fresh = Site(folder / "undisturbed", server)
    fresh.collect()
    return fresh.database


def moved(server: Replay, number: int, at: int = TODAY, **other: object) -> Info:
    """A change after somebody said something, without a vote or a comment, at that time."""
    change = server.change(number)
    change["updated"] = gerrit_time(at)
    change["meta_rev_id"] = f"{at:040x}"
    message = {
        "id": f"{at:x}{number:x}",
        "author": change["owner"],
        "date": gerrit_time(at),
        "message": "Patch Set 1:\n\nPing",
    }
    change["messages"] = [*change["messages"], {**message, "_revision_number": 1}]
    change.update(other)
    return change


def some(server: Replay, count: int, wanted: Callable[[Info], object] = lambda change: True) -> list[int]:
    """Numbers of that many changes of the project, spread over its history."""
    changes = [server.change(number) for number in server.numbers()]
    numbers = [change["_number"] for change in changes if change["project"] == PROJECT and wanted(change)]
    return numbers[:: len(numbers) // count][:count]


# --- What passes by itself ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("match", [LISTING, DETAILS, COMMENTS, "/projects/"])
@pytest.mark.parametrize("act", ["cut", "busy"])
def test_what_passes_is_asked_for_again(empty: Site, server: Replay, collected: Path, match: str, act: str) -> None:
    """A connection that breaks in the middle of an answer, and a server that asks for a second of rest: the same rows."""
    if act == "cut":
        server.order("cut", match, times=2)
    else:
        server.order("say", match, status=503, text="<html>busy</html>", headers={"Retry-After": "1"})
    assert f"{CHANGES} changes read" in empty.collect()
    same(empty, collected)


def test_a_server_that_is_started_anew_in_the_middle(
    empty: Site, server: Replay, collected: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every connection breaks, and for a moment nobody listens."""
    monkeypatch.setattr("bot.gerrit.Limits", partial(Limits, tries=8, first_pause=0.1, longest_backoff=0.5))
    server.order("away", DETAILS, skip=4, seconds=0.6)
    assert f"{CHANGES} changes read" in empty.collect()
    same(empty, collected)


# --- What does not --------------------------------------------------------------------------------------------------

FAILURES: dict[str, dict[str, Any]] = {
    "busy": {"status": 503, "text": "Service Unavailable"},
    "resting": {"status": 429, "headers": {"Retry-After": "7200"}},
    "maintenance": {"status": 200, "text": "<html><title>Back soon</title>"},
    "login": {"status": 302, "headers": {"Location": "/login/"}},
    "no json": {"status": 200, "text": ")]}'\nnothing", "headers": {"Content-Type": "application/json"}},
    "another shape": {"status": 200, "text": ")]}'\n3", "headers": {"Content-Type": "application/json"}},
}
SENTENCES = {
    "busy": r"answered 503: \"Service Unavailable\"",
    "resting": "asks to be left alone for now: try again",
    "maintenance": "Back soon",
    "login": "login page",
    "no json": "no JSON",
    "another shape": "unknown form",
}


@pytest.mark.parametrize(
    ("match", "failure"),
    [
        (match, failure)
        for match in (LISTING, DETAILS, COMMENTS)
        for failure in FAILURES
        if (match, failure) != (COMMENTS, "another shape")  # that is of one change: set aside, see below
    ],
)
def test_a_first_load_that_fails_in_the_middle_goes_on_in_the_next_run(
    empty: Site, server: Replay, collected: Path, match: str, failure: str
) -> None:
    server.order("say", match, times=0, skip={LISTING: 1, DETAILS: 5, COMMENTS: 40}[match], **FAILURES[failure])
    assert re.search(f"NOT READ: .*{SENTENCES[failure]}", said := empty.collect(status=1)), said
    held = empty.rows("SELECT count(*) FROM changes")[0][0]
    assert 0 < held < CHANGES
    server.calm()
    server.seen()
    assert f"{CHANGES - held} changes read" in empty.collect()
    assert len(empty.requests(DETAILS)) <= (CHANGES - held) // 10 + 4, "what was held was fetched again"
    same(empty, collected)


def test_a_server_that_goes_away_for_long(empty: Site, server: Replay, collected: Path) -> None:
    server.order("away", DETAILS, skip=4, seconds=2)
    assert re.search(r"NOT READ: .* cannot be reached|NOT READ: .*(refused|broke)", said := empty.collect(status=1)), (
        said
    )
    for _ in range(100):
        if "NOT READ" not in empty.run("collect").output:
            break
    same(empty, collected)


@pytest.mark.parametrize("match", [LISTING, DETAILS, COMMENTS])
def test_a_poll_that_fails_leaves_the_watermark_where_it_was(
    site: Site, server: Replay, tmp_path: Path, match: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty changes moved, in several pages and batches; the next poll reads those that the failed one did not."""
    for place, number in enumerate(some(server, 60)):
        change = moved(server, number, TODAY + 60 + place)
        server.put({**change, "total_comment_count": change["total_comment_count"] + 1})
    server.date(TODAY + DAY)
    before = site.mark()
    server.order("say", match, times=0, skip=1 if match == LISTING else 3, status=503)
    assert "NOT READ" in site.collect(status=1)
    assert site.mark() == before
    server.calm()
    server.seen()
    assert re.search(r"[1-9]\d* changes read", site.collect())
    assert site.mark()["until"] > TODAY + DAY - 60
    same(site, undisturbed(tmp_path, server))


def test_a_server_that_is_down_does_not_stop_the_other(empty: Site, server: Replay) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as closed:
        port = closed.getsockname()[1]
    down = f'[[gerrit]]\nname = "down"\nurl = "http://127.0.0.1:{port}"\nprojects = ["p"]\n'
    empty.write(more=down)
    said = empty.collect(status=1)
    assert re.search(r"down: p: NOT READ: .*127\.0\.0\.1", said)
    assert f"replay: {PROJECT}: {CHANGES} of {CHANGES} changes read" in said
    text = empty.path.read_text(encoding="utf-8")
    first, _, rest = text.partition("\n")
    empty.path.write_text(f"{first}\n{down}{rest.replace(down, '')}", encoding="utf-8")
    server.put(moved(server, some(server, 1)[0], TODAY + 60))
    server.date(TODAY + DAY)
    assert f"replay: {PROJECT}: 1 of {CHANGES} changes read" in empty.collect(status=1)


# --- What cannot be understood --------------------------------------------------------------------------------------


def test_a_malformed_change_is_set_aside_and_read_when_it_is_repaired(
    empty: Site, server: Replay, collected: Path, tmp_path: Path
) -> None:
    number = some(server, 3)[1]
    server.twist("details", number, {**server.change(number), "owner": "nobody"})
    said = empty.collect()
    assert f"set aside in {PROJECT}: change {number} at" in said
    assert "Expected `object`, got `str` - at `$.owner`" in said
    [(item, reason)] = empty.aside()
    assert (item, "$.owner" in reason) == (f"change {number}", True)
    assert empty.rows("SELECT count(*) FROM changes") == [(CHANGES - 1,)]
    server.seen()
    assert "nothing new" in empty.collect()
    assert not empty.requests(DETAILS), "it has not moved: asked again it would be as malformed"
    server.straighten()
    server.put(moved(server, number, TODAY + 60))
    server.date(TODAY + DAY)
    assert "1 change read" in empty.collect()
    assert empty.aside() == []
    same(empty, undisturbed(tmp_path, server))


def test_an_answer_that_does_not_even_say_its_number_is_missed_by_it(empty: Site, server: Replay) -> None:
    number = some(server, 3)[1]
    server.twist("details", number, {"_number": "x"})
    said = empty.collect()
    assert f"set aside in {PROJECT}: change {number} at" in said
    assert "the server lists it and does not tell of it" in said
    assert empty.rows("SELECT count(*) FROM changes") == [(CHANGES - 1,)]


def test_a_change_that_makes_no_sense_is_set_aside(empty: Site, server: Replay) -> None:
    """What has the right form and still cannot be: a status nobody knows, a time that is none."""
    one, other = some(server, 2)
    server.twist("details", one, {**server.change(one), "status": "DRAFT"})
    server.twist("details", other, {**server.change(other), "created": "yesterday"})
    said = empty.collect()
    assert "its status is 'DRAFT'" in said
    assert "one of its times cannot be read" in said
    assert [item for item, _ in empty.aside()] == sorted([f"change {one}", f"change {other}"])
    assert empty.rows("SELECT count(*) FROM changes") == [(CHANGES - 2,)]


@pytest.mark.parametrize(("words", "later"), [((), DAY), (("--everything",), 0)], ids=["a day later", "everything"])
def test_a_malformed_entry_of_the_list_is_set_aside_and_read_when_it_is_repaired(
    empty: Site, server: Replay, collected: Path, words: Sequence[str], later: int
) -> None:
    """Whose entry it was is not known: all is listed again, a day later or when asked for."""
    number = some(server, 7)[3]
    server.twist("listing", number, {"_number": "x", "project": PROJECT})
    said = empty.collect()
    assert "set aside" in said
    [(item, reason)] = empty.aside()
    assert (item, '"_number":"x"' in reason) == ("list of changes", True)
    assert empty.rows("SELECT count(*) FROM changes") == [(CHANGES - 1,)]
    server.straighten()
    server.date(TODAY + later)
    assert "1 change read" in empty.collect(*words)
    assert empty.aside() == []
    if not later:
        same(empty, collected)


def test_a_malformed_comment_is_set_aside_and_read_when_it_is_repaired(
    empty: Site, server: Replay, tmp_path: Path
) -> None:
    [number] = some(server, 1, lambda change: change["total_comment_count"] > 5)
    told = server.comments(number)
    path, first = next((path, comments[0]) for path, comments in told.items())
    server.twist("comments", number, {**told, path: [{**first, "author": {}}, *told[path][1:]]})
    said = empty.collect()
    assert f"set aside in {PROJECT}: change {number} at" in said
    assert "a comment: it has no author" in said
    count = f"SELECT count(*) FROM comments WHERE change_id & 0xFFFFFFFF = {number}"
    total = sum(map(len, told.values()))
    assert empty.rows(count) == [(total - 1,)]
    assert empty.rows("SELECT count(*) FROM changes") == [(CHANGES,)]
    server.straighten()
    server.put(moved(server, number, TODAY + 60))
    server.date(TODAY + DAY)
    assert "1 change read" in empty.collect()
    assert empty.aside() == []
    assert empty.rows(count) == [(total,)]
    same(empty, undisturbed(tmp_path, server))


@NEXT_RUN
@pytest.mark.parametrize("how", ["fails on it", "does not tell of it"])
def test_a_change_that_the_server_lists_and_cannot_tell_of(
    empty: Site, server: Replay, collected: Path, how: str, words: Sequence[str]
) -> None:
    """It is found among those asked for together, set aside alone, and asked for again in the next run."""
    number = some(server, 3)[1]
    if how == "fails on it":
        server.order("say", rf"change:{number}\b", times=0, status=500, text="Internal server error", headers=PLAIN)
    else:
        server.twist("details", number, None)
    said = empty.collect()
    assert f"set aside in {PROJECT}: change {number} at" in said
    [(item, reason)] = empty.aside()
    assert (item, how in reason) == (f"change {number}", True)
    if how == "fails on it":
        assert "answered 500" in reason
    assert empty.rows("SELECT count(*) FROM changes") == [(CHANGES - 1,)]
    server.calm()
    server.straighten()
    assert "1 change read" in empty.collect(*words)
    assert empty.aside() == []
    same(empty, collected)


@NEXT_RUN
@pytest.mark.parametrize("status", [404, 200])
def test_comments_that_the_server_does_not_give_are_asked_for_again(
    empty: Site, server: Replay, collected: Path, words: Sequence[str], status: int
) -> None:
    """It says that there are none of that change, or something that is none: the rest of the change is read."""
    [number] = some(server, 1, lambda change: change["total_comment_count"])
    text = "Not found" if status == 404 else ")]}'\n3"
    server.order("say", rf"~{number}/comments", times=0, status=status, text=text, headers=PLAIN)
    assert f"set aside in {PROJECT}: change {number} at" in empty.collect()
    assert empty.rows("SELECT count(*) FROM changes") == [(CHANGES,)]
    server.calm()
    assert "1 change read" in empty.collect(*words)
    assert empty.aside() == []
    same(empty, collected)


def test_comments_that_were_known_stay_while_the_server_does_not_give_them(site: Site, server: Replay) -> None:
    [number] = some(server, 1, lambda change: change["total_comment_count"])
    change = moved(server, number, TODAY + 60)
    server.put({**change, "total_comment_count": change["total_comment_count"] + 1})
    server.date(TODAY + DAY)
    server.order("say", rf"~{number}/comments", times=0, status=404, text="Not found", headers=PLAIN)
    count = f"SELECT count(*) FROM comments WHERE change_id & 0xFFFFFFFF = {number}"
    before = site.rows(count)
    site.collect()
    assert site.rows(count) == before != [(0,)]


# --- The machine's side ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", [1, 20, 60])
def test_a_full_disk(empty: Site, server: Replay, collected: Path, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    """SQLite is told that the file may have so many pages more than an empty database, which is the same to it."""
    open_database(empty.database).close()

    def small(path: Path) -> sqlite3.Connection:
        connection = open_database(path)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + room}")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr("bot.open.open_for_writing", small)
        said = empty.collect(status=2)
    assert (
        "plustwo: The database cannot be used just now: database or disk is full. Nothing half-done was kept." in said
    )
    assert empty.rows("PRAGMA integrity_check") == [("ok",)]
    assert empty.rows("PRAGMA foreign_key_check") == []
    counts = "SELECT count(*) FROM changes c WHERE NOT EXISTS (SELECT 1 FROM messages m WHERE m.change_id = c.id)"
    assert empty.rows(counts) == [(0,)]
    empty.collect()
    same(empty, collected)


@pytest.mark.parametrize("ahead", [-5 * 3600, 5 * 3600])
def test_a_server_whose_clock_is_wrong_loses_nothing(
    empty: Site, server: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    """The server is some hours ahead of us or behind; a change is updated a second after we asked, by its clock."""
    clock = SimpleNamespace(time=lambda: float(TODAY))
    monkeypatch.setattr(bot.main, "time", clock)
    monkeypatch.setattr("bot.gerrit.time", clock)
    server.date(TODAY + ahead)
    empty.collect()
    one, other = some(server, 2)
    server.put(moved(server, one, TODAY + ahead))
    server.put(moved(server, other, TODAY + ahead + 1))
    clock.time = lambda: float(TODAY + 60)
    server.date(TODAY + ahead + 60)
    assert "2 changes read" in empty.collect()
    same(empty, undisturbed(tmp_path, server))


def test_a_spent_budget_goes_on_the_next_day(
    empty: Site, server: Replay, collected: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty.write("requests_per_day = 40")
    server.seen()
    held = [0]
    for day in range(1, 10):
        monkeypatch.setattr("bot.gerrit._day", lambda day=day: f"2026-09-{day:02}")
        result = empty.run("collect")
        assert len(empty.requests()) <= 40
        held += empty.rows("SELECT count(*) FROM changes")[0]
        if not result.exit_code:
            break
        assert f"NOT READ: No more requests may be sent to {server.url} today" in result.output
        again = empty.run("collect")
        assert (again.exit_code, "goes on tomorrow" in again.output, empty.requests()) == (1, True, [])
    assert held == sorted(set(held)), "each day gets further"
    assert len(held) > 3
    same(empty, collected)


def test_nothing_secret_is_told(
    empty: Site, server: Replay, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even by a server that repeats what it was sent."""
    secret = "s3cr3t/+of=nobody"
    coded = base64.b64encode(f"reader:{secret}".encode()).decode()
    monkeypatch.setenv("REPLAY_PASSWORD", secret)
    empty.write('user = "reader"\npassword_env = "REPLAY_PASSWORD"')
    outputs = []
    for status in (401, 403, 404, 500, 503, 200):
        server.order(
            "say", DETAILS, times=0, skip=2, status=status, text=f"Who is reader:{secret}? Authorization: Basic {coded}"
        )
        outputs.append(empty.run("collect").output)
        server.calm()
        outputs.append(empty.run("check").output)
    assert any("NOT READ" in output for output in outputs)
    assert any("/a/changes/" in target for target in empty.requests())
    told = (
        "".join(outputs)
        + "".join(capsys.readouterr())
        + repr(dump(empty.path))
        + repr(empty.rows("SELECT * FROM runs"))
    )
    files = b"".join(file.read_bytes() for file in empty.folder.iterdir() if file.is_file() and file != empty.path)
    for one in (secret, coded, "s3cr3t", coded[8:]):
        assert one not in told
        assert one.encode() not in files


# --- What a poll costs ----------------------------------------------------------------------------------------------


def test_a_poll_with_nothing_new_is_one_request(tmp_path: Path, server: Replay) -> None:
    """For a group of projects, after those of the day: the projects there are, the core groups."""
    site = Site(tmp_path, server, (PROJECT, OTHER))
    server.groups({"cores": [1000188]})
    site.write(more='[[team]]\nname = "power"\nprojects = ["*"]\ncore = ["cores"]')
    site.collect()
    server.seen()
    for later in range(3):
        server.date(TODAY + 3600 * (1 + later))
        assert "nothing new" in site.collect()
        [only] = site.requests()
        assert re.match(rf'/changes/\?q=\(project:"{PROJECT}" OR project:"{OTHER}"\) since:', only)


def test_comments_are_asked_for_only_where_their_number_moved(site: Site, server: Replay, tmp_path: Path) -> None:
    """Three changes move: one has no comments, one has those it had, one has another one."""
    [silent] = some(server, 1, lambda change: not change["total_comment_count"])
    same_as_before, another = some(server, 2, lambda change: change["total_comment_count"])
    for number in (silent, same_as_before):
        server.put(moved(server, number, TODAY + 60))
    more = moved(server, another, TODAY + 61)
    server.put({**more, "total_comment_count": more["total_comment_count"] + 1})
    told = server.comments(another)
    path, comments = next(iter(told.items()))
    comment = {**comments[-1], "id": "another_one", "updated": gerrit_time(TODAY + 61), "message": "Ping"}
    server.twist("comments", another, {**told, path: [*comments, comment]})
    server.date(TODAY + DAY)
    server.seen()
    assert "3 changes read" in site.collect()
    assert [re.findall(r"~(\d+)/", target) for target in site.requests(COMMENTS)] == [[str(another)]]
    same(site, undisturbed(tmp_path, server))


# --- In which order, and again --------------------------------------------------------------------------------------


def test_the_newest_is_complete_long_before_all_of_history_is(empty: Site, server: Replay, collected: Path) -> None:
    """A first load ends after two pages: what it says of the weeks that it has is what the whole says of them."""
    server.order("say", r"q=\(project:.* before:.*&n=50", times=0, skip=1, status=503)
    assert "NOT READ" in empty.collect(status=1)
    assert 50 <= empty.rows("SELECT count(*) FROM changes")[0][0] < CHANGES
    [(known_from,)] = empty.rows("SELECT known_from FROM projects")
    assert 0 < known_from < TODAY - 60 * DAY
    whole = Site(empty.folder / "whole", server)
    shutil.copy(collected, whole.database)
    query = f"SELECT number, meta_rev FROM changes WHERE updated_at >= {known_from} ORDER BY number"
    assert empty.rows(query) == whole.rows(query) != []
    period = ("--since", "2026-05-01", "--until", "2026-08-24", "--format", "json")
    for question in ("merged", "first-response", "reviewers", "digest"):
        ours, theirs = (json.loads(one.run(question, *period).stdout) for one in (empty, whole))
        assert ours == theirs
        assert ours["rows"]


def test_another_reader_reads_everything_again_and_can_be_interrupted(
    site: Site, server: Replay, tmp_path: Path
) -> None:
    """Another pattern of rechecks: begun, broken off after some batches, and ended by the next run."""
    rules = '[rules]\nrecheck = "(?i)(done|ack)"'
    site.write(more=rules)
    server.order("say", DETAILS, times=0, skip=6, status=503)
    assert "NOT READ" in site.collect(status=1)
    assert site.rows("SELECT count(*) FROM changes") == [(CHANGES,)], "what is known stays"
    [(known_from,)] = site.rows("SELECT known_from FROM projects")
    assert known_from == 0
    server.calm()
    server.seen()
    read = int(re.findall(r"(\d+) changes read", site.collect())[-1])
    assert 0 < read < CHANGES
    fresh = Site(tmp_path / "fresh", server)
    fresh.write(more=rules)
    fresh.collect()
    rechecks = "SELECT count(*) FROM messages WHERE kind = 'recheck'"
    assert site.rows(rechecks) == fresh.rows(rechecks) != [(0,)]
    same(site, fresh.database)
    assert "nothing new" in site.collect()


# --- With git -------------------------------------------------------------------------------------------------------


def over_git(site: Site, recorded: Path) -> None:
    site.write(
        f'via = "git"\ngit = "{recorded}/openbmc/{{name}}.bundle"\naccounts = "{recorded}/openbmc/accounts.json"'
    )


def test_git_first_and_then_rest_reads_nothing_twice(empty: Site, server: Replay, recorded: Path) -> None:
    over_git(empty, recorded)
    empty.collect()
    commits = "SELECT change_id, number, commit_sha, description FROM patch_sets ORDER BY 1, 2"
    before = empty.rows(commits)
    assert all(commit for _, _, commit, _ in before)
    empty.write()
    server.seen()
    said = empty.collect()
    assert not empty.requests(DETAILS), said
    assert empty.rows(commits) == before
    number = some(server, 2)[1]
    server.put(moved(server, number, TODAY + 60))
    server.date(TODAY + DAY)
    assert "1 change read" in empty.collect()
    assert empty.rows(commits) == before, "REST is not asked for commits: those that git told stay"


def test_rest_first_and_then_git(site: Site, server: Replay, recorded: Path) -> None:
    """Nothing moved, so nothing is read; what REST told stays."""
    before = dump(site.path)
    over_git(site, recorded)
    assert "nothing new" in site.collect()
    after = dump(site.path)
    for table in ("changes", "messages", "votes", "comments", "reviewers", "events"):
        assert after[table] == before[table], table
