"""config.toml: every problem is named with its place, secrets and nonsense are refused, good files are taken."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.config import examine, load
from bot.errors import UserError
from bot.main import main

ROOT = Path(__file__).parent.parent
GOOD = """
database = "a.sqlite"
[[gerrit]]
name = "one"
url = "https://review.example.org"
via = "git"
git = "mirrors/{project}.git"
projects = ["p/a", "p/b"]
bots = [12, "Helper", "bot@example.org"]
[[team]]
name = "t"
projects = ["p/*"]
core = ["1000188", 7, "mail@example.org", { who = 8, since = 2024-01-01, until = 2024-07-01 }]
"""


def problems_of(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "c.toml"
    path.write_text(text, encoding="utf-8")
    return examine(path)[1]


def test_a_good_file_is_taken_and_its_paths_are_relative_to_it(tmp_path: Path) -> None:
    assert problems_of(tmp_path, GOOD) == []
    loaded = load(tmp_path / "c.toml")
    assert loaded.database == tmp_path / "a.sqlite"
    assert loaded.git_location(loaded.config.gerrit[0], "p/a") == str(tmp_path / "mirrors/p/a.git")


def test_a_url_stays_a_url_and_is_the_servers_own_by_default(tmp_path: Path) -> None:
    assert problems_of(tmp_path, GOOD.replace('git = "mirrors/{project}.git"', "")) == []
    loaded = load(tmp_path / "c.toml")
    assert loaded.git_location(loaded.config.gerrit[0], "p/a") == "https://review.example.org/p/a"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('database = "a.sqlite"', 'databse = "a.sqlite"', "databse is no setting; did you mean database?"),
        ('via = "git"', 'vja = "git"', 'gerrit "one": vja is no setting; did you mean via?'),
        (
            'url = "https://review.example.org"',
            'url = "http://review.example.org"\ntoken_env = "T"',
            'gerrit "one": url begins with http, so what signs you in would go over the network unencrypted',
        ),
        ('via = "git"', 'user = "me"', 'gerrit "one": user is set and password_env'),
        ('via = "git"', 'password_env = "hunter 2"', "password_env should be the name of an environment variable"),
        ('via = "git"', 'netrc = "a"\ncookies = "b"', "netrc and cookies are both set"),
        ('via = "git"', "connections = 0", "connections should be from 1 to 16, it is 0."),
        ('via = "git"', "requests_per_day = -1", "requests_per_day should be 0 (no limit) or more"),
        ('via = "git"', 'via = "ssh"', 'gerrit "one": via should be "rest" or "git", it is \'ssh\'.'),
        ('name = "t"', "", "team number 1: name is missing."),
        ('projects = ["p/*"]', 'projects = "p/*"', 'team "t": projects: expected `array`, got `str`, it is \'p/*\'.'),
        ('"https://review.example.org"', '"review.example.org"', "url should be the address of its web pages"),
        ('git = "mirrors/{project}.git"', 'git = "mirrors/a.git"', "git is the same place for all of its projects"),
        ('git = "mirrors/{project}.git"', 'git = "https://me:secret@x.org/{project}"', "git has a password in it"),
        ('["p/a", "p/b"]', '["p/a", "p/a"]', 'gerrit "one": project "p/a" is there 2 times.'),
        ('["p/a", "p/b"]', '["p/*"]', "'p/*' is a pattern"),
        ('["p/a", "p/b"]', "[]", "projects is empty"),
        ("[[team]]", "[rules]\nrecheck = '('\n[[team]]", "rules.recheck is no regular expression"),
        ('name = "one"', 'name = "one', "it is no TOML"),
    ],
)  # fmt: skip
def test_a_problem_is_named_with_its_place(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in GOOD
    problems = problems_of(tmp_path, GOOD.replace(old, new))
    assert any(expected in problem for problem in problems), problems


def test_all_problems_are_reported_and_the_secret_is_not_repeated(tmp_path: Path) -> None:
    text = GOOD.replace("mirrors/{project}.git", "https://me:hunter2@x.org/{project}").replace(
        'via = "git"', 'via = "nfs"'
    )
    problems = problems_of(tmp_path, text)
    assert len(problems) == 2
    assert "hunter2" not in " ".join(problems)


def test_no_file_and_no_answer_yet_are_sentences(tmp_path: Path) -> None:
    run = CliRunner().invoke(main, ["--config", str(tmp_path / "none.toml"), "collect"])
    assert run.exit_code == 2
    assert "There is no" in run.stderr
    (tmp_path / "c.toml").write_text(GOOD, encoding="utf-8")
    run = CliRunner().invoke(main, ["--config", str(tmp_path / "c.toml"), "reviewers"])
    assert (run.exit_code, "collect` first" in run.stderr) == (2, True)
    with pytest.raises(UserError, match=r"no\.such"):
        load(tmp_path / "no.such")


def test_check_reports_what_the_configuration_points_to(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(
        GOOD.replace("bots = [", 'accounts = "none.json"\nbots = [')
        .replace('["p/*"]', '["q/*"]')
        .replace("7,", '"nova-core",'),
        encoding="utf-8",
    )
    run = CliRunner().invoke(main, ["--config", str(tmp_path / "c.toml"), "check"])
    assert run.exit_code == 1
    for words in ("none.json cannot be read", "'q/*', which is no watched project", "'nova-core', which looks like a group",
                  "p/a: there is no", "p/b: there is no", "5 problems."):  # fmt: skip
        assert words in run.stdout, run.stdout


@pytest.mark.parametrize(
    "path", sorted([*ROOT.glob("examples/*.toml"), ROOT / "config.toml"]), ids=lambda path: path.name
)
def test_the_configurations_that_ship_are_good(path: Path) -> None:
    run = CliRunner().invoke(main, ["--config", str(path), "check", "--offline"])
    assert run.exit_code == 0, run.stdout
