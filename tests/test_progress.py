"""What a long collection says of itself: worked by hand, and drawn for a terminal."""

import io

import pytest
from rich.console import Console

from bot.progress import EVERY, SHOWN, State, drawing, progress, span
from collectors.gerrit.limits import Traffic
from collectors.run import Step

MAY = 1_777_593_600  # 2026-05-01


def step(
    project: str, read: int, known_from: int | None, expected: int | None = 3000, total: int | None = None
) -> Step:
    return Step("opendev", project, read, total, 20 * read, known_from, "opendev", expected)


def drawn(state: State, width: int = 100) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(drawing(state))
    return console.export_text()


def test_how_much_how_fast_and_how_long_still() -> None:
    clock = [100.0]
    state = State([Traffic(requests=40, received=2_500_000, waiting=18.0, paused=12.0)], lambda: clock[0])
    assert state.sentence() == "0 changes"
    clock[0] = 110.0
    state.take(step("nova", 600, MAY))
    state.take(step("neutron", 400, MAY + 86400))
    assert state.sentence() == "1,000 of about 3,000 changes, 100 a second, about 20 s left"
    assert state.cost() == "40 requests, 2.5 MB, 18 s of the server's time, 12 s of pauses it asked for"
    assert state.usable() == "since 2026-05-02"  # the project that has the least says when answers are complete
    text = drawn(state)
    assert "opendev: nova" in text
    assert "Answers about times since 2026-05-02 are complete already." in text


def test_nothing_is_promised_that_is_not_known() -> None:
    clock = [0.0]
    state = State([], lambda: clock[0])
    clock[0] = 5.0
    state.take(step("nova", 100, None, expected=None))
    assert state.sentence() == "100 changes, 20 a second"
    assert state.cost() == ""
    assert state.usable() == ""
    state.take(step("nova", 3500, 0, expected=3000))
    assert "of about 3,500 changes" in state.sentence()
    assert "left" not in state.sentence()
    assert state.usable() == "all of it"


def test_a_git_project_says_how_many_of_how_many() -> None:
    state = State([])
    state.take(Step("git", "lamps/lantern", 200, 535, 6920, None, "git: lamps/lantern", 535))
    assert "200 of 535" in drawn(state)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_many_projects_with_long_names_fit(width: int) -> None:
    state = State([])
    for number in range(40):
        state.take(step(f"openstack/{'very-' * 10}long-name-{number}", number, MAY))
    text = drawn(state, width)
    assert max(map(len, text.splitlines())) <= width
    assert f"and {40 - SHOWN} more projects" in text


def test_without_a_terminal_a_line_a_minute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [0.0]
    monkeypatch.setattr("bot.progress.State", lambda servers: State(servers, lambda: clock[0]))
    with progress(True, False, [Traffic(requests=3)]) as report:
        report(step("nova", 10, MAY))
        assert capsys.readouterr().err == ""
        clock[0] = EVERY + 1.0
        report(step("nova", 610, MAY))
        line = capsys.readouterr().err
        assert line.startswith("plustwo: 610 of about 3,000 changes, 10 a second, about 4 min left; 3 requests")
        assert line.endswith("complete since 2026-05-01\n")
        report(step("nova", 620, MAY))
        assert capsys.readouterr().err == ""
    with progress(False, True) as report:
        report(step("nova", 10, MAY))
    assert capsys.readouterr().err == ""


def test_spans() -> None:
    assert [span(seconds) for seconds in (0.4, 99, 101, 5900, 7200)] == ["0 s", "99 s", "2 min", "98 min", "2.0 h"]
