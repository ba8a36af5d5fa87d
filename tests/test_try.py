"""`plustwo try`: the whole job in one go, and nothing of it stays."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.main import main
from tests.gerrit.town import Town
from tests.site import Answers, page, said, site


def plustwo(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go; every test runs in a folder of its own, and leaves nothing in either."""
    place, here = tmp_path / "tmp", tmp_path / "here"
    place.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", str(place))
    return place


def nothing_left(place: Path) -> bool:
    return not list(place.iterdir()) and not list(Path.cwd().iterdir())


@pytest.fixture(scope="module")
def project(gerrit: Town) -> str:
    """A change by Ann that Ben reviewed."""
    name = gerrit.project("try/lamp")
    change = gerrit.person("ann").push(name, "Trim the wick evenly")
    gerrit.person("ben").review(change, {"Code-Review": 2}, "Even.")
    time.sleep(1.1)  # a period that ends now is without this second
    return name


def test_the_whole_job(gerrit: Town, project: str, temporary: Path) -> None:
    run = plustwo("--quiet", "try", gerrit.url, project)
    assert run.exit_code == 0, run.output
    parts = ["Reviewers, ", "Ben Birch", "Newcomers, ", "Trim the wick evenly", "read “first seen” for “first”",
             "The week in review: ", "THANKS FOR REVIEWING", f"plustwo init {gerrit.url} {project}"]  # fmt: skip
    places = [run.stdout.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places)
    assert nothing_left(temporary)


def test_a_pasted_page_and_a_glob(gerrit: Town, project: str, temporary: Path) -> None:
    run = plustwo("--quiet", "try", f"{gerrit.url}/c/{project}/+/1", "try/l*")
    assert run.exit_code == 0, run.output
    assert f"the server is {gerrit.url}." in run.stderr
    assert "Trim the wick evenly" in run.stdout
    assert nothing_left(temporary)


def test_signed_in(gerrit: Town, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What only some see takes signing in; the file with the password may be named from the current folder."""
    hidden = gerrit.project("try/hidden", registered_only=True)
    gerrit.person("ann").push(hidden, "Only for us")
    time.sleep(1.1)
    run = plustwo("try", gerrit.url, hidden)
    assert run.exit_code == 2
    assert run.stderr == "plustwo: try/hidden has no changes that are shown to us, who are not signed in.\n"
    Path("netrc").write_text(
        f"machine 127.0.0.1 login ann password {gerrit.person('ann').password}\n", encoding="utf-8"
    )
    run = plustwo("--quiet", "try", gerrit.url, hidden, "--netrc", "netrc")
    assert run.exit_code == 0, run.output
    assert "Only for us" in run.stdout
    Path("netrc").unlink()
    assert nothing_left(temporary)


def test_near_matches(gerrit: Town, project: str, temporary: Path) -> None:
    run = plustwo("try", gerrit.url, "try/lamb")
    assert run.exit_code == 2
    assert "Near it: try/lamp" in run.stderr
    assert nothing_left(temporary)


def test_where_nothing_happened_the_last_that_did_is_told(gerrit: Town, project: str) -> None:
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    run = plustwo("try", gerrit.url, project, "--until", "2099-01-15", "--days", "7")
    told = f"plustwo: Nothing happened in {project} since 2099-01-08; add --until {tomorrow} for the last that did.\n"
    assert (run.exit_code, run.stderr) == (2, told)
    empty = gerrit.project("try/empty")
    run = plustwo("try", gerrit.url, empty)
    assert (run.exit_code, run.stderr) == (
        2,
        "plustwo: try/empty has no changes that are shown to us, who are not signed in.\n",
    )
    assert plustwo("--quiet", "try", gerrit.url, project, "--until", tomorrow, "--days", "2").exit_code == 0


def test_not_gerrit(temporary: Path) -> None:
    with site({}, page("Sign in", body='<input type="password">')) as url:
        run = plustwo("try", url, "lamp")
    assert run.exit_code == 2
    assert "a login page" in run.stderr
    assert nothing_left(temporary)


def test_nothing_is_left_of_a_failed_collection(temporary: Path) -> None:
    """A server that answers one question and then no more."""
    listed = {"_number": 1, "project": "lamp", "updated": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}.000000000"}
    answers: Answers = {
        "/config/server/version": said("3.9"),
        "/projects/": said({"lamp": {"state": "ACTIVE"}}),
        "/changes/": lambda query: said([listed]) if "n=1&" in query else (400, "text/plain", "Enough."),
    }
    with site(answers, page("?", 404)) as url:
        run = plustwo("try", url, "lamp")
    assert run.exit_code == 1, run.output
    assert "NOT READ" in run.output
    assert "Enough." in run.output
    assert nothing_left(temporary)


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_is_left_when_told_to_end(temporary: Path, told: signal.Signals) -> None:
    def slowly(_: str) -> tuple[int, str, str]:
        time.sleep(5)
        return said("3.9")

    with site({"/config/server/version": slowly}, page("?", 404)) as url:
        running = subprocess.Popen(
            [sys.executable, "-m", "bot", "try", url, "lamp"], env={**os.environ, "PYTHONPATH": ROOT}
        )
        deadline = time.monotonic() + 10
        while not list(temporary.iterdir()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        running.send_signal(told)
        assert running.wait(10) == 128 + told
    assert nothing_left(temporary)


ROOT = str(Path(__file__).parent.parent)


def test_first_numbers_within_ten_seconds(gerrit_openbmc: Town, temporary: Path) -> None:
    """On a recorded community; its last weeks were in August 2026."""
    command = [
        sys.executable,
        "-m",
        "bot",
        "try",
        gerrit_openbmc.url,
        "openbmc/phosphor-logging",
        "--until",
        "2026-08-22",
    ]
    started = time.monotonic()
    with subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": ROOT}, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout
        first = next((line for line in running.stdout if line.startswith("Reviewers, 2026-08-08 to 2026-08-21")), "")
        seconds = time.monotonic() - started
        rest = running.stdout.read()
    assert first
    assert seconds < 10
    assert "THANKS FOR REVIEWING" in rest
    assert running.returncode == 0
    assert nothing_left(temporary)
