"""Collecting: only what moved, safe to kill at any moment, the same rows from every place a record can lie in."""

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.main import main
from bot.open import alone
from collectors.notedb.git import git, list_tips

SAMPLE = Path(__file__).parent / "data" / "sample"
PROJECT = "x86-power-control"


def config(folder: Path, location: str, projects: tuple[str, ...] = (PROJECT,), more: str = "") -> Path:
    path = folder / "config.toml"
    path.write_text(
        f'database = "db.sqlite"\n{more}\n[[gerrit]]\nname = "sample"\nurl = "https://gerrit.example.org"\nvia = "git"\n'
        f'git = "{location}"\naccounts = "{SAMPLE}/accounts.json"\nprojects = {json.dumps(projects)}\n',
        encoding="utf-8",
    )
    return path


def collect(path: Path) -> Result:
    return CliRunner().invoke(main, ["--config", str(path), "collect"])


def dump(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, but for the record of the runs themselves."""
    connection = sqlite3.connect(folder / "db.sqlite")
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    skipped = ("runs", "_sqlite_migrations")
    kept = [name for name in names if name not in skipped and not name.startswith("sqlite_")]
    return {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in kept}


@pytest.fixture(scope="session")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repository of one project of the sample."""
    path = tmp_path_factory.mktemp("mirror") / f"{PROJECT}.git"
    subprocess.run(["git", "clone", "--quiet", "--mirror", SAMPLE / f"{PROJECT}.bundle", path], check=True)
    return path


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, mirror: Path) -> dict[str, list[tuple[object, ...]]]:
    """What one run from beginning to end writes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    result = collect(config(folder, str(mirror)))
    assert result.exit_code == 0, result.output
    return dump(folder)


def test_bundle_repository_and_url_give_the_same_rows(
    tmp_path: Path, mirror: Path, undisturbed: dict[str, list[tuple[object, ...]]]
) -> None:
    for name, location in (("bundle", f"{SAMPLE}/{{name}}.bundle"), ("url", mirror.as_uri())):
        folder = tmp_path / name
        folder.mkdir()
        assert collect(config(folder, location)).exit_code == 0
        assert dump(folder) == undisturbed


def test_a_second_run_reads_nothing_and_writes_nothing(tmp_path: Path, mirror: Path) -> None:
    path = config(tmp_path, str(mirror))
    assert "140 of 140 changes read" in collect(path).output
    before = dump(tmp_path)
    assert collect(path).output == "1 project, 140 changes: nothing new.\n"
    assert dump(tmp_path) == before


def test_only_what_moved_is_read(
    tmp_path: Path, mirror: Path, undisturbed: dict[str, list[tuple[object, ...]]]
) -> None:
    """Three changes are first seen as they were some events earlier, one not at all; then the server moves on."""
    repository = tmp_path / "moving.git"
    shutil.copytree(mirror, repository)
    tips = dict(sorted(list_tips(str(mirror)).items())[:4])
    (_, (absent, absent_tip)), *earlier = tips.items()
    git("-C", str(repository), "update-ref", "-d", absent)
    for _, (ref, tip) in earlier:
        git("-C", str(repository), "update-ref", ref, f"{tip}~3")
    path = config(tmp_path, str(repository))
    assert "139 of 139 changes read" in collect(path).output
    git("-C", str(repository), "update-ref", absent, absent_tip)
    for _, (ref, tip) in earlier:
        git("-C", str(repository), "update-ref", ref, tip)
    assert "4 of 140 changes read" in collect(path).output
    assert dump(tmp_path) == undisturbed


def test_a_change_that_vanished_is_marked_and_comes_back(tmp_path: Path, mirror: Path) -> None:
    repository = tmp_path / "moving.git"
    shutil.copytree(mirror, repository)
    path = config(tmp_path, str(repository))
    collect(path)
    number, (ref, tip) = min(list_tips(str(repository)).items())
    git("-C", str(repository), "update-ref", "-d", ref)
    assert "1 gone from the server" in collect(path).output
    query = f"SELECT gone_at IS NOT NULL FROM changes WHERE number = {number}"
    assert sqlite3.connect(tmp_path / "db.sqlite").execute(query).fetchone() == (1,)
    assert "nothing new" in collect(path).output
    git("-C", str(repository), "update-ref", ref, tip)
    collect(path)
    assert sqlite3.connect(tmp_path / "db.sqlite").execute(query).fetchone() == (0,)


def test_a_source_that_lost_everything_is_an_error_and_changes_nothing(tmp_path: Path, mirror: Path) -> None:
    repository = tmp_path / "moving.git"
    shutil.copytree(mirror, repository)
    path = config(tmp_path, str(repository))
    collect(path)
    before = dump(tmp_path)
    shutil.rmtree(repository)
    git("init", "--quiet", "--bare", str(repository))
    result = collect(path)
    assert result.exit_code == 1
    assert "none of its changes is offered any more" in result.output
    assert dump(tmp_path) == before


def test_one_unreadable_project_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "phosphor-led-manager.bundle").write_bytes(b"this is no bundle\n")
    shutil.copy(SAMPLE / f"{PROJECT}.bundle", tmp_path)
    result = collect(config(tmp_path, f"{tmp_path}/{{name}}.bundle", ("phosphor-led-manager", PROJECT)))
    assert result.exit_code == 1
    assert "phosphor-led-manager: NOT READ:" in result.output
    assert "is no git bundle and no repository" in result.output
    assert f"{PROJECT}: 140 of 140 changes read" in result.output


def test_another_recheck_pattern_reads_everything_again(tmp_path: Path, mirror: Path) -> None:
    collect(config(tmp_path, str(mirror)))
    query = "SELECT count(*) FROM messages WHERE kind = 'recheck'"
    before = sqlite3.connect(tmp_path / "db.sqlite").execute(query).fetchone()[0]
    result = collect(config(tmp_path, str(mirror), more="[rules]\nrecheck = '(?i)(done|ack)'"))
    assert "140 of 140 changes read" in result.output
    assert sqlite3.connect(tmp_path / "db.sqlite").execute(query).fetchone()[0] > before


def test_killed_at_random_moments_it_ends_with_the_same_rows(tmp_path: Path) -> None:
    """kill -9 and Ctrl-C, a dozen times, in batches of ten changes so that there are many places to be killed in."""
    mirror = tmp_path / "state.git"
    subprocess.run(
        ["git", "clone", "--quiet", "--mirror", SAMPLE / "phosphor-state-manager.bundle", mirror], check=True
    )
    whole, pieces = tmp_path / "whole", tmp_path / "pieces"
    whole.mkdir()
    pieces.mkdir()
    assert collect(config(whole, str(mirror))).exit_code == 0
    path = config(pieces, str(mirror))
    program = "from collectors.git_source import GitProject; GitProject.batch = 10; from bot.main import main; main()"
    chance = random.Random(20140310)  # noqa: S311
    written = []
    for attempt in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", program, "--config", str(path), "collect"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=Path(__file__).parent.parent,
        )  # fmt: skip
        time.sleep(chance.uniform(0.12, 0.32))
        process.send_signal(signal.SIGKILL if attempt % 3 else signal.SIGINT)
        process.wait()
        if (pieces / "db.sqlite").exists():
            connection = sqlite3.connect(pieces / "db.sqlite")
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'changes'").fetchone():
                written.append(connection.execute("SELECT count(*) FROM changes").fetchone()[0])
            connection.close()
    assert len(set(written)) > 2, f"killed too early or too late to mean anything: {written}"
    assert collect(path).exit_code == 0
    assert dump(pieces) == dump(whole)


def test_two_at_once_one_works_and_the_other_says_why_not(tmp_path: Path, mirror: Path) -> None:
    path = config(tmp_path, str(mirror))
    with alone(tmp_path / "db.sqlite"):
        result = collect(path)
    assert result.exit_code == 2
    assert "Another `plustwo collect` is writing to" in result.stderr
    assert collect(path).exit_code == 0


def test_private_changes_are_collected_and_in_no_answer(tmp_path: Path, mirror: Path) -> None:
    """A change is made private by the event Gerrit writes for it: it stays in the database and leaves every answer."""
    repository = tmp_path / "private.git"
    shutil.copytree(mirror, repository)
    path = config(tmp_path, str(repository))
    collect(path)
    window = ["reviewers", "--since", "2015-01-01", "--until", "2027-01-01", "--format", "json"]
    before = json.loads(CliRunner().invoke(main, ["--config", str(path), *window]).stdout)["totals"]
    for number, (ref, tip) in list_tips(str(repository)).items():
        if number % 2:
            tree = git("-C", str(repository), "rev-parse", f"{tip}^{{tree}}").decode().strip()
            message = "Update patch set 1\n\nSet private\n\nPatch-set: 1\nPrivate: true\n"
            author = {"GIT_AUTHOR_NAME": "Gerrit User 1100003", "GIT_AUTHOR_EMAIL": "1100003@x"}
            committer = {"GIT_COMMITTER_NAME": "Gerrit", "GIT_COMMITTER_EMAIL": "g@x"}
            made = subprocess.run(
                ["git", "-C", repository, "commit-tree", tree, "-p", tip, "-m", message],
                env={**os.environ, **author, **committer}, check=True, capture_output=True, text=True,
            ).stdout.strip()  # fmt: skip
            git("-C", str(repository), "update-ref", ref, made)
    collect(path)
    connection = sqlite3.connect(tmp_path / "db.sqlite")
    hidden = {row[0] for row in connection.execute("SELECT number FROM changes WHERE private = 1")}
    assert len(hidden) > 40
    after = json.loads(CliRunner().invoke(main, ["--config", str(path), *window]).stdout)["totals"]
    assert after["created"] == before["created"] - len(hidden)
    for command in ("waiting", "newcomers", "merged", "first-response", "digest"):
        words = [command, "--since", "2015-01-01", "--until", "2027-01-01", "--format", "json"]
        rows = json.loads(CliRunner().invoke(main, ["--config", str(path), *words]).stdout)["rows"]
        assert rows
        assert not hidden & {row["change"] for row in rows}
    shown = CliRunner().invoke(
        main, ["--config", str(config(tmp_path, str(repository), more="[rules]\nshow_private = true")), *window]
    )
    assert json.loads(shown.stdout)["totals"]["created"] == before["created"]


def test_a_renamed_project_keeps_its_changes(tmp_path: Path, mirror: Path) -> None:
    """The same repository under a new name: its changes move over, nothing is counted twice."""
    shutil.copytree(mirror, tmp_path / "old.git")
    shutil.copytree(mirror, tmp_path / "new.git")
    location = f"{tmp_path}/{{name}}.git"
    assert collect(config(tmp_path, location, ("lamps/old",))).exit_code == 0
    assert "140 of 140 changes read" in collect(config(tmp_path, location, ("lamps/new",))).output
    connection = sqlite3.connect(tmp_path / "db.sqlite")
    query = "SELECT p.name, count(*) FROM changes c JOIN projects p ON p.id = c.project_id GROUP BY 1"
    assert connection.execute(query).fetchall() == [("lamps/new", 140)]
    assert connection.execute("SELECT count(*), count(DISTINCT key) FROM messages").fetchone() == (2338, 2338)


def test_a_repository_that_cannot_be_read_today_is_read_tomorrow(
    tmp_path: Path, mirror: Path, undisturbed: dict[str, list[tuple[object, ...]]]
) -> None:
    """Its packs are away (a disk not mounted): an error, nothing set aside; when they are back, everything is read."""
    repository = tmp_path / "moving.git"
    shutil.copytree(mirror, repository)
    path = config(tmp_path, str(repository))
    (repository / "objects/pack").rename(tmp_path / "away")
    result = collect(path)
    assert result.exit_code == 1
    assert "NOT READ" in result.output
    assert dump(tmp_path)["quarantine"] == []
    (tmp_path / "away").rename(repository / "objects/pack")
    assert collect(path).exit_code == 0
    assert dump(tmp_path) == undisturbed


def test_what_a_killed_git_leaves_behind_is_no_obstacle(tmp_path: Path, mirror: Path) -> None:
    """A half-made repository in the cache, and a lock on a ref of it."""
    cache = tmp_path / "db.git-cache/sample" / f"{PROJECT}.git"
    cache.mkdir(parents=True)
    (cache / "HEAD").write_text("ref: refs/heads/master\n", encoding="utf-8")
    lock = cache / min(list_tips(str(mirror)).values())[0]
    lock.parent.mkdir(parents=True)
    Path(f"{lock}.lock").touch()
    result = collect(config(tmp_path, mirror.as_uri()))
    assert "140 of 140 changes read" in result.output, result.output


def test_a_repository_around_the_caller_is_not_read_instead(
    tmp_path: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run from a git hook, GIT_DIR names the hook's repository."""
    git("init", "--quiet", "--bare", str(tmp_path / "hook.git"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "hook.git"))
    assert "140 of 140 changes read" in collect(config(tmp_path, str(mirror))).output


def test_a_machine_without_git_is_told_so(tmp_path: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = collect(config(tmp_path, str(mirror)))
    assert result.exit_code == 1
    assert "git is not installed" in result.output


def test_a_database_of_a_newer_program_is_left_alone(tmp_path: Path, mirror: Path) -> None:
    path = config(tmp_path, str(mirror))
    collect(path)
    with sqlite3.connect(tmp_path / "db.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    result = collect(path)
    assert (result.exit_code, "a newer plustwo made it" in result.stderr) == (2, True)
    assert sqlite3.connect(tmp_path / "db.sqlite").execute("PRAGMA user_version").fetchone() == (99,)


def test_who_leaves_the_accounts_file_leaves_the_answers(tmp_path: Path, mirror: Path) -> None:
    accounts = json.loads((SAMPLE / "accounts.json").read_text(encoding="utf-8"))
    path = config(tmp_path, str(mirror))
    path.write_text(path.read_text(encoding="utf-8").replace(f"{SAMPLE}/", ""), encoding="utf-8")
    (tmp_path / "accounts.json").write_text(json.dumps(accounts), encoding="utf-8")
    collect(path)
    words = ["--config", str(path), "reviewers", "--since", "2015-01-01", "--until", "2027-01-01", "--format", "json"]
    first = json.loads(CliRunner().invoke(main, words).stdout)["rows"][0]
    del accounts[str(first["account_ids"][0])]
    (tmp_path / "accounts.json").write_text(json.dumps(accounts), encoding="utf-8")
    again = json.loads(CliRunner().invoke(main, words).stdout)["rows"][0]
    assert again == {**first, "person": f"account {first['account_ids'][0]}"}


def test_names_that_get_known_later_change_nothing_else(tmp_path: Path, mirror: Path) -> None:
    """Collected without names and then with them = collected with them: whose removed votes ended does not depend on it."""
    state = tmp_path / "named.git"
    subprocess.run(["git", "clone", "--quiet", "--mirror", SAMPLE / "phosphor-led-manager.bundle", state], check=True)
    at_once, later = tmp_path / "at-once", tmp_path / "later"
    for folder in (at_once, later):
        folder.mkdir()
    collect(config(at_once, str(state)))
    path = config(later, str(state))
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("accounts = ", "# accounts = "), encoding="utf-8")
    assert "221 of 221 changes read" in collect(path).output
    path.write_text(whole, encoding="utf-8")
    result = collect(path)
    assert re.search(r"\b\d+ of 221 changes read", result.output), result.output
    assert dump(later) == dump(at_once)
    assert "nothing new" in collect(path).output
