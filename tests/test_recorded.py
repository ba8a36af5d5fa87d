"""The recorded communities: everything is collected, once, and every row of `reviewers` equals an independent count."""

import json
import re
import sqlite3
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.main import main
from collectors.notedb.crosscheck import CLASSES
from collectors.notedb.git import git, read_objects
from reports.database import open_database
from reports.metrics import questions
from reports.question import Answer, Asked, ask
from reports.scope import Scope, find_scope
from tests import independent

SERVERS = {"openbmc": ("openbmc", 3771), "rdo": ("openstack", 2469)}
CORES = {"openbmc": {1000008, 1000188, 1000003, 1000022}, "rdo": {128, 113, 85}}
DAY = 86400
WINDOWS = [
    (1480000000, 30),
    (1550000000, 30),
    (1640000000, 90),
    (1650000000, 7),
    (1754600000, 30),
    (1785000000, 30),
    (1790000000, 3700),
]
COLUMNS = ("reviews", "minus2", "minus1", "comment", "plus1", "plus2", "approve", "own", "disagreements")


def write_config(folder: Path, recorded: Path) -> Path:
    """A configuration of all recorded projects, with a team for each server whose cores are its busiest submitters."""
    lines = ['database = "all.sqlite"']
    for server, (prefix, _) in SERVERS.items():
        names = sorted(bundle.stem for bundle in (recorded / server).glob("*.bundle"))
        lines += [
            "[[gerrit]]", f'name = "{server}"', f'url = "https://{server}.example.org"', 'via = "git"',
            f'git = "{recorded}/{server}/{{name}}.bundle"', f'accounts = "{recorded}/{server}/accounts.json"',
            f"projects = {json.dumps([f'{prefix}/{name}' for name in names])}",
        ]  # fmt: skip
    for server, cores in (("openbmc", [1000008, 1000188, 1000003, 1000022]), ("rdo", [128, 113, 85])):
        lines += [
            "[[team]]",
            f'name = "{server}"',
            f'projects = ["{SERVERS[server][0]}/*"]',
            f"core = {json.dumps(cores)}",
        ]
    path = folder / "all.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class Everything:
    """All recorded projects, collected through the command line."""

    def __init__(self, folder: Path, recorded: Path) -> None:
        self.recorded = recorded
        self.config = write_config(folder, recorded)
        self.first = CliRunner().invoke(main, ["--config", str(self.config), "collect"])
        self.second = CliRunner().invoke(main, ["--config", str(self.config), "collect"])
        self.database = folder / "all.sqlite"
        self.repositories = folder / "all.git-cache"

    def connection(self) -> sqlite3.Connection:
        return open_database(self.database)


@pytest.fixture(scope="module")
def everything(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Everything:
    return Everything(tmp_path_factory.mktemp("recorded"), recorded)


@pytest.fixture(scope="module", params=SERVERS)
def community(request: pytest.FixtureRequest, everything: Everything) -> tuple[str, independent.Community]:
    server = str(request.param)
    folder = everything.repositories / server / SERVERS[server][0]
    repositories = {f"{SERVERS[server][0]}/{path.stem}": path for path in sorted(folder.glob("*.git"))}
    accounts = json.loads((everything.recorded / server / "accounts.json").read_text(encoding="utf-8"))
    return server, independent.load(repositories, accounts, set())


def scope_of(connection: sqlite3.Connection, server: str) -> Scope:
    return find_scope(connection, server, None)


def answer(connection: sqlite3.Connection, name: str, server: str, since: int, until: int) -> Answer:
    return ask(connection, questions()[name], Asked(since, until, scope_of(connection, server)))


def test_every_change_is_collected_and_none_set_aside(everything: Everything) -> None:
    assert everything.first.exit_code == 0, everything.first.output
    connection = everything.connection()
    counted = dict(
        connection.execute(
            "SELECT s.name, count(*) FROM changes c JOIN projects p ON p.id = c.project_id "
            "JOIN servers s ON s.id = p.server_id GROUP BY 1"
        )
    )
    assert counted == {server: changes for server, (_, changes) in SERVERS.items()}
    assert connection.execute("SELECT count(*) FROM quarantine").fetchone() == (0,)


def test_a_second_run_reads_nothing(everything: Everything) -> None:
    assert everything.second.exit_code == 0
    assert everything.second.output == "15 projects, 6,240 changes: nothing new.\n"


@pytest.mark.parametrize(("until", "days"), WINDOWS)
def test_reviewers_equal_the_independent_count(
    everything: Everything, community: tuple[str, independent.Community], until: int, days: int
) -> None:
    server, counted = community
    connection = everything.connection()
    since = until - days * DAY
    cores = CORES[server]
    expected = independent.reviewers(counted, since, until, None, cores)
    found = answer(connection, "reviewers", server, since, until)
    rows = {frozenset(row["account_ids"]): {name: row[name] for name in COLUMNS} for row in found.rows}
    assert rows == {person: {name: row[name] for name in COLUMNS} for person, row in expected.items()}
    totals = independent.totals(counted, since, until, None)
    for name in ("patch_sets", "created", "abandoned"):
        assert found.totals[name] == totals[name], name
    assert abs(found.totals["merged"] - totals["merged"]) <= (1 if server == "rdo" else 0)  # submitted seconds before


@pytest.mark.parametrize(("until", "days"), WINDOWS)
def test_newcomers_equal_the_independent_list(
    everything: Everything, community: tuple[str, independent.Community], until: int, days: int
) -> None:
    server, counted = community
    connection = everything.connection()
    found = answer(connection, "newcomers", server, until - days * DAY, until)
    expected = {(kind, person) for kind, person, *_ in independent.newcomers(counted, until - days * DAY, until)}
    assert {(row["kind"], frozenset(row["account_ids"])) for row in found.rows} == expected


def notes_of(recorded: Path, folder: Path, server: str) -> list[str]:
    """The texts of `refs/notes/review` of all projects: final votes, submitter and time, written at each submit."""
    notes = []
    for bundle in sorted((recorded / server).glob("*.bundle")):
        repository = folder / f"{bundle.stem}.git"
        git("init", "--quiet", "--bare", str(repository))
        git("-C", str(repository), "fetch", "--quiet", str(bundle), "refs/notes/review:refs/notes/review")
        tree = git("-C", str(repository), "ls-tree", "-r", "refs/notes/review").decode()
        objects = read_objects(str(repository), [line.split()[2] for line in tree.splitlines()])
        notes += [text.decode("utf-8", "replace") for text in objects.values()]
    return notes


@pytest.mark.parametrize("server", SERVERS)
def test_final_votes_equal_the_servers_own_notes(everything: Everything, tmp_path: Path, server: str) -> None:
    """Every vote the server noted at a submit is the voter's last one standing then; its time is the change's.

    At RDO, 22 of 1,427 notes were written some seconds after the submission itself.
    """
    connection = everything.connection()
    server_id = list(SERVERS).index(server) + 1
    accounts: dict[str, set[int]] = {}
    for account, name, email in connection.execute(
        "SELECT id, name, email FROM accounts WHERE server_id = ?", (server_id,)
    ):
        for key in (name, email):
            accounts.setdefault(str(key).lower(), set()).add(account)
    votes, notes, late = 0, 0, 0
    for note in notes_of(everything.recorded, tmp_path, server):
        number, time = (
            re.search(r"^Reviewed-on: \S*?/(\d+)$", note, re.M),
            re.search(r"^Submitted-at: (.*)$", note, re.M),
        )
        if not number or not time:
            continue
        change = server_id << 32 | int(number[1])
        row = connection.execute("SELECT merged_at FROM changes WHERE id = ?", (change,)).fetchone()
        if row is None:
            continue  # reviewed in another project (a note stays with a commit that was moved), or deleted
        notes += 1
        at = int(parsedate_to_datetime(time[1]).timestamp())
        late += at != row[0]
        for label, value, name, email in re.findall(r"^([A-Z][\w-]+)([+-]\d): (.*?)(?: <(.*)>)?$", note, re.M):
            voters = accounts.get(email.lower()) or accounts.get(name.lower(), set())  # nobody: a name given up since
            standing = connection.execute(
                "SELECT account_id, value FROM votes WHERE change_id = ? AND label = ? AND at <= ? "
                "AND coalesce(ended_at, ?) >= ? ORDER BY at DESC",
                (change, label, at, at + 1, at + 1),
            ).fetchall()
            found = [given for voter, given in standing if voter in voters][:1] or [
                given for _, given in standing if not voters
            ]
            assert int(value) in found, (number[1], label, value)
            votes += 1
    assert (notes, late, votes) == {"openbmc": (2876, 0, 8469), "rdo": (1427, 22, 4925)}[server]


def test_votes_in_messages_equal_the_label_footers(everything: Everything) -> None:
    """From 2021 on (at RDO: from 16 March 2021, when its storage was converted) only state that is nobody's act differs."""
    connection = everything.connection()
    acts = ("value differs", "message only", "removal, message only", "footer only", "put for somebody else")
    rows = connection.execute(
        "SELECT c.id >> 32, d.class, count(*) FROM vote_differences d JOIN changes c ON c.id = d.change_id "
        f"WHERE d.class IN {acts} AND d.at >= CASE c.id >> 32 WHEN 1 THEN 1609459200 ELSE 1615852800 END GROUP BY 1, 2"
    ).fetchall()
    assert rows == []


def test_the_same_question_gives_the_same_bytes(everything: Everything) -> None:
    for words in (
        ["reviewers", "--until", "2026-07-01"],
        ["waiting", "--until", "2022-01-01"],
        ["digest", "--week", "2026-W20"],
    ):
        for form in ("table", "json", "csv", "markdown"):
            runs = {
                CliRunner().invoke(main, ["--config", str(everything.config), *words, "--format", form]).stdout_bytes
                for _ in range(2)
            }
            assert len(runs) == 1
            assert runs.pop()


def test_queue_growth_is_the_difference_of_two_counts(everything: Everything) -> None:
    """Open changes (work in progress or not) counted at both ends, by replaying every change's status events."""
    connection = everything.connection()

    def open_at(until: int) -> int:
        still = set()
        for change, created in connection.execute(
            "SELECT id, created_at FROM changes WHERE created_at < ? AND private = 0", (until,)
        ):
            status = "NEW"
            for value, at in connection.execute(
                "SELECT value, at FROM events WHERE change_id = ? AND kind = 'status' ORDER BY seq", (change,)
            ):
                status = value if at < until else status
            if status == "NEW":
                still.add((change, created))
        return len(still)

    for until, days in WINDOWS[:5]:
        since = until - days * DAY
        found = ask(connection, questions()["reviewers"], Asked(since, until, find_scope(connection, None, None)))
        assert found.totals["queue_growth"] == open_at(until) - open_at(since)


def test_the_documentation_counts_the_differences_that_are_there(everything: Everything) -> None:
    """The table of docs/votes.md, class by class and server by server."""
    found: dict[str, dict[str, int]] = {}
    for server, kind, count in everything.connection().execute(
        "SELECT s.name, d.class, count(*) FROM vote_differences d JOIN public_changes c ON c.id = d.change_id "
        "JOIN projects p ON p.id = c.project_id JOIN servers s ON s.id = p.server_id GROUP BY 1, 2"
    ):
        found.setdefault(kind, {})[server] = count
    text = (Path(__file__).parent.parent / "docs/votes.md").read_text(encoding="utf-8")
    for kind in CLASSES:
        counts = found.pop(kind, {})
        row = next(line for line in text.splitlines() if line.startswith("| ") and kind in line)
        assert [int(cell.replace(",", "")) for cell in row.split(" | ")[1:3]] == [
            counts.get("openbmc", 0),
            counts.get("rdo", 0),
        ], row
    assert not found
