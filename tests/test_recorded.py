"""The recorded communities: everything is collected, once, and every row of `reviewers` equals an independent count."""

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.main import main
from reports.database import open_database
from reports.metrics import questions
from reports.question import Answer, Asked, ask
from reports.scope import Scope, find_scope
from tests import independent

SERVERS = {"openbmc": ("openbmc", 3771), "rdo": ("openstack", 2469)}
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
            "SELECT s.name, count(*) FROM changes c JOIN projects p ON p.id = c.project_id JOIN servers s ON s.id = p.server_id GROUP BY 1"
        )
    )
    assert counted == {server: changes for server, (_, changes) in SERVERS.items()}
    assert connection.execute("SELECT count(*) FROM quarantine").fetchone() == (0,)


def test_a_second_run_reads_nothing(everything: Everything) -> None:
    assert everything.second.exit_code == 0
    assert everything.second.output == "15 projects, 6240 changes: nothing new.\n"


@pytest.mark.parametrize(("until", "days"), WINDOWS)
def test_reviewers_equal_the_independent_count(
    everything: Everything, community: tuple[str, independent.Community], until: int, days: int
) -> None:
    server, counted = community
    connection = everything.connection()
    since = until - days * DAY
    cores = {
        int(row[0])
        for row in connection.execute(
            "SELECT m.value FROM team_members m JOIN teams t ON t.id = m.team_id WHERE t.name = ?", (server,)
        )
    }
    expected = independent.reviewers(counted, since, until, None, cores)
    found = answer(connection, "reviewers", server, since, until)
    rows = {frozenset(row["account_ids"]): {name: row[name] for name in COLUMNS} for row in found.rows}
    assert rows == {person: {name: row[name] for name in COLUMNS} for person, row in expected.items()}
    totals = independent.totals(counted, since, until, None)
    for name in ("patch_sets", "created", "abandoned"):
        assert found.totals[name] == totals[name], name
    # A few submissions at RDO were recorded seconds before the change's status: they may fall on the other side.
    assert abs(found.totals["merged"] - totals["merged"]) <= (1 if server == "rdo" else 0)


@pytest.mark.parametrize(("until", "days"), WINDOWS)
def test_newcomers_equal_the_independent_list(
    everything: Everything, community: tuple[str, independent.Community], until: int, days: int
) -> None:
    server, counted = community
    connection = everything.connection()
    found = answer(connection, "newcomers", server, until - days * DAY, until)
    expected = {(kind, person) for kind, person, *_ in independent.newcomers(counted, until - days * DAY, until)}
    assert {(row["kind"], frozenset(row["account_ids"])) for row in found.rows} == expected


def test_final_votes_equal_the_servers_own_notes(everything: Everything) -> None:
    """`refs/notes/review` was written by the server at each submit: who had voted what, independently of the messages."""
