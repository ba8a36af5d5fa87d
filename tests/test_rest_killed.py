"""Killed at any moment of a first load over REST, plustwo goes on where the last whole batch ended, and ends the same.

Starting Python two hundred times would take longer than all that is tested: one process is started, and forks one that
collects for each attempt.
"""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.replay import Replay, replayed

PROJECTS = ("x86-power-control", "phosphor-led-manager", "phosphor-user-manager")
CHANGES = 571
KILLS = 200
TODAY = 1787529600  # 2026-08-24, the day after the record ends

NOT_COMPARED = {
    "runs": "*",
    "_sqlite_migrations": "*",
    "accounts": "told_at",
    "server_projects": "seen_at",
}
"""What depends on when we asked: whole tables, or a column."""

OF_OUR_TIME = ("names", "requests to ")
"""How rows begin that depend on it: with which names of accounts a project was read, and how often we asked today."""

PROGRAM = """
import json, os, random, signal, sqlite3, sys, time

import bot.commands.collect, bot.servers
from bot.main import main
from collectors.gerrit import details, listing
from collectors.rest_source import RestServer

config, kills, chance = sys.argv[1], int(sys.argv[2]), random.Random(int(sys.argv[3]))
listing.PAGE, details.AT_ONCE = 30, 3
database = config.replace("config.toml", "db.sqlite")
asking, begun = os.pipe()
looks = RestServer.looks

def telling(*given):
    os.write(begun, b".")
    yield from looks(*given)

def small(*given):
    source = RestServer(*given)
    source.batch = 5
    return source

RestServer.looks, bot.servers.RestServer = telling, small

def collect():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    try:
        main(["--config", config, "collect"])
    except SystemExit as end:
        os._exit(end.code or 0)
    os._exit(3)

def place():
    try:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        changes = connection.execute("SELECT count(*) FROM changes").fetchone()[0]
        marks = connection.execute("SELECT min(value) FROM watermarks WHERE source = 'rest'").fetchone()[0]
        connection.close()
        return [changes, json.loads(marks)["back_to"] if marks else 1 << 40]
    except sqlite3.Error:
        return [0, 1 << 40]

told, before, longest = [], 0, 0.05
while len(told) < kills:
    process = os.fork() or collect()
    early = chance.random() < 0.1
    if not early:
        os.read(asking, 1)
    time.sleep(chance.uniform(0, 0.1 if early else longest))
    sign = signal.SIGINT if chance.random() < 0.2 else signal.SIGKILL
    os.kill(process, sign)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if early:
        os.write(begun, b".")
        os.read(asking, 9)
    now = place()
    told.append([sign.name, status, *now])
    longest *= 1.3 if now[0] == before else 0.8 if now[0] > before + 15 else 1
    before = now[0]
    if status == 0 or now[1] == 0 and chance.random() < 0.5:
        break
print(json.dumps(told))
"""
"""Collect and be killed, again and again, until an attempt comes to its end or has been told all; sometimes before it
asks for changes at all. How long an attempt lives at most follows from how far the one before it got.
"""


@pytest.fixture(scope="module")
def server(recorded: Path) -> Iterator[Replay]:
    with replayed(recorded, PROJECTS) as server:
        server.date(TODAY)
        yield server


def config(folder: Path, server: Replay) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "config.toml"
    projects = json.dumps([f"openbmc/{name}" for name in PROJECTS])
    path.write_text(
        f'database = "db.sqlite"\n[[gerrit]]\nname = "replay"\nurl = "{server.url}"\nprojects = {projects}\n',
        encoding="utf-8",
    )
    return path


def collect(path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--config", path, "collect"], capture_output=True, text=True, check=False,
        cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def interrupted(path: Path, kills: int, seed: int) -> list[list[Any]]:
    """See PROGRAM. Of each kill: the signal, how the process ended, and what the database held then: changes, and how far
    back they go.
    """
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), str(kills), str(seed)], capture_output=True, text=True, check=False,
        cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: list[list[Any]] = json.loads(done.stdout)
    return told


def dump(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, but for what depends on when we asked."""
    found = {}
    with closing(sqlite3.connect(path.parent / "db.sqlite")) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            left_out = NOT_COMPARED.get(table, "")
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] != left_out]
            if left_out != "*" and not table.startswith("sqlite_"):
                rows = connection.execute(f"SELECT {', '.join(columns)} FROM {table}")
                found[table] = sorted((row for row in rows if not str(row[0]).startswith(OF_OUR_TIME)), key=repr)
    return found


def differences(one: Path, other: Path) -> str:
    """In which tables two databases are not the same, with some rows of each."""
    lines = []
    left, right = dump(one), dump(other)
    for table in left.keys() | right.keys():
        here, there = set(left.get(table, ())), set(right.get(table, ()))
        if left.get(table) != right.get(table):
            lines.append(f"{table}: {sorted(here - there, key=repr)[:5]} and {sorted(there - here, key=repr)[:5]}")
    return "\n".join(lines)


def test_killed_two_hundred_times_it_ends_with_the_same_rows(server: Replay, tmp_path: Path) -> None:
    """As many first loads as it takes, each in small pages and batches, killed until one attempt comes to its end."""
    whole = config(tmp_path / "whole", server)
    assert f"{CHANGES} changes read." in collect(whole)
    kills: list[list[Any]] = []
    while len(kills) < KILLS:
        pieces = config(tmp_path / f"pieces-{len(kills)}", server)
        kills += interrupted(pieces, KILLS - len(kills), len(kills))
        collect(pieces)
        assert not differences(pieces, whole)
    assert {sign for sign, *_ in kills} == {"SIGKILL", "SIGINT"}
    assert {status for sign, status, *_ in kills if sign == "SIGKILL"} <= {-9, 0}
    places = {tuple(place) for _, _, *place in kills}
    assert len(places) > 40, f"killed in too few places to mean anything: {sorted(places)}"
