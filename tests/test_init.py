"""`plustwo init`: what it makes of a server, and what it says where there is none."""

import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner, Result

import bot.commands.init
from bot.config import GerritServer, examine
from bot.first_config import Findings, write_config
from bot.main import main
from collectors.gerrit.address import read_address
from collectors.gerrit.approval import Core, Unit, core_of, units
from collectors.gerrit.choice import choose_projects
from collectors.gerrit.sense import Bot, LabelUse, find_bots, read_labels, too_old
from collectors.gerrit.survey import (
    Named,
    Permission,
    RecentChange,
    Rights,
    Rule,
    SaidMessage,
    Section,
    Vote,
    VotedLabel,
)
from tests.gerrit.people import Person
from tests.gerrit.town import Town
from tests.site import page, said, site

OTHER = page("Our company", 404, "Nothing here.")


def plustwo(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def signed_in(person: Person, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("HTTP_SECRET", person.password)
    return ["--user", person.username, "--password-env", "HTTP_SECRET"]


def core_group(town: Town, name: str, projects: list[str], *members: str) -> None:
    """A group whose members may vote +2 in some projects."""
    number = town.admin.put(f"/groups/{name}", {"visible_to_all": True, "members": members})["id"]
    rules = {number: {"action": "ALLOW", "force": False, "min": -2, "max": 2}}
    permissions = {"label-Code-Review": {"label": "Code-Review", "rules": rules}}
    for project in projects:
        wanted = {"add": {"refs/heads/*": {"permissions": permissions}}}
        town.admin.post(f"/projects/{quote(project, safe='')}/access", wanted)


# --- on a real server ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lamps(gerrit: Town) -> list[str]:
    """Three projects: two with one core group, one with another; a change in the first."""
    names = [gerrit.project(f"init/lamp-{part}") for part in ("base", "top", "oil")]
    core_group(gerrit, "lamp-core", names[:2], "ben", "cid")
    core_group(gerrit, "oil-core", names[2:], "eve")
    gerrit.person("harvest", "Harvest", groups=("Service Users",))
    gerrit.person("oil-bot", "Oil Bot")
    change = gerrit.person("ann").push(names[0], "Turn the wick up")
    gerrit.person("lantern-ci").review(change, {"Verified": 1}, "Works.")
    gerrit.person("harvest").review(change, {}, "Counted.")
    gerrit.person("oil-bot").review(change, {}, "Oiled.")
    gerrit.person("ben").review(change, {"Code-Review": 2, "Workflow": 1}, "Bright.")
    return names


def test_what_is_written_signed_in(
    gerrit: Town, lamps: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = plustwo("init", gerrit.url, "init/lamp-*", *signed_in(gerrit.admin, monkeypatch))
    assert run.exit_code == 0, run.output
    text = (folder / "config.toml").read_text(encoding="utf-8")
    config = tomllib.loads(text)
    assert config["gerrit"] == [
        {
            "url": gerrit.url, "user": "admin", "password_env": "HTTP_SECRET", "projects": ["init/lamp-*"],
            "bots": [str(gerrit.person("oil-bot").number)],
        }
    ]  # fmt: skip
    assert config["team"] == [
        {"name": "lamp", "projects": ["init/lamp-base", "init/lamp-top"], "core": ["lamp-core"]},
        {"name": "lamp-oil", "projects": ["init/lamp-oil"], "core": ["oil-core"]},
    ]
    assert config["labels"] == {"review": ["Code-Review"], "approval": ["Workflow"], "ci": ["Verified"]}
    assert "lamp-core (2)" in text
    flat = text.replace("\n# ", " ")
    assert f"Lantern CI {gerrit.person('lantern-ci').number} (by its name)" in flat
    assert f"Harvest {gerrit.person('harvest').number} (a service user)" in flat
    assert gerrit.admin.password not in text
    assert "Not shown" not in text
    for command in (["check"], ["collect"], ["check"]):
        run = plustwo(*command)
        assert run.exit_code == 0, run.output


def test_what_nobody_sees_is_said(gerrit: Town, lamps: list[str], folder: Path) -> None:
    """Not signed in, access rights are not shown: who voted +2 is proposed, in comments."""
    run = plustwo("init", gerrit.url, *lamps, "--output", "mine.toml")
    assert run.exit_code == 0, run.output
    text = (folder / "mine.toml").read_text(encoding="utf-8")
    config = tomllib.loads(text)
    assert config["gerrit"][0]["projects"] == lamps
    assert all("core" not in team for team in config["team"])
    assert "# - which groups may vote Code-Review +2, in the access rights: sign in" in text
    assert f'#   "{gerrit.person("ben").number}",  # Ben Birch' in text
    assert '# user = "me"' in text
    run = plustwo("--config", "mine.toml", "check")
    assert run.exit_code == 0, run.output


def test_a_commented_core_can_be_uncommented(gerrit: Town, lamps: list[str]) -> None:
    text = plustwo("init", gerrit.url, lamps[0], "--output", "-").stdout
    start = text.index("# core = [")
    uncommented = text[:start] + text[start:].replace("# core", "core").replace("\n#   ", "\n  ").replace("# ]", "]")
    assert str(gerrit.person("ben").number) in tomllib.loads(uncommented)["team"][0]["core"]


def test_nothing_is_overwritten(gerrit: Town, lamps: list[str], folder: Path) -> None:
    (folder / "config.toml").write_text("mine", encoding="utf-8")
    run = plustwo("init", gerrit.url, lamps[0])
    assert (run.exit_code, (folder / "config.toml").read_text()) == (2, "mine")
    assert "There is a config.toml already" in run.stderr
    assert "--output FILE" in run.stderr
    run = plustwo("init", gerrit.url, lamps[0], "--output", "-")
    assert run.exit_code == 0
    assert tomllib.loads(run.stdout)["gerrit"][0]["projects"] == [lamps[0]]
    assert (folder / "config.toml").read_text() == "mine"
    run = plustwo("init", gerrit.url, lamps[0], "--output", "no/such/folder.toml")
    assert (run.exit_code, run.stderr) == (
        2,
        "plustwo: no/such/folder.toml cannot be written: No such file or directory.\n",
    )


def test_near_matches(gerrit: Town, lamps: list[str]) -> None:
    run = plustwo("init", gerrit.url, "init/lamp-tob", "lantern/lamp-*", "--output", "-")
    assert run.exit_code == 2
    assert (
        "The server shows no project init/lamp-tob to us, who are not signed in. Near it: init/lamp-top" in run.stderr
    )
    assert "No project matches lantern/lamp-* to us, who are not signed in. Near it: init/lamp-" in run.stderr


def test_all_projects_if_few_else_the_busiest(gerrit: Town, lamps: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.commands.init, "FEW", 500)
    everything = plustwo("init", gerrit.url, "--output", "-").stdout
    assert set(lamps) <= set(tomllib.loads(everything)["gerrit"][0]["projects"])
    assert not {"All-Projects", "All-Users"} & set(tomllib.loads(everything)["gerrit"][0]["projects"])
    monkeypatch.setattr(bot.commands.init, "FEW", 1)
    some = plustwo("init", gerrit.url, "--output", "-").stdout
    assert len(tomllib.loads(some)["gerrit"][0]["projects"]) == 1
    assert "# The busiest 1 of " in some


# --- what is not a server's address -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "page"),
    [
        ("https://review.example.org/", "https://review.example.org", ""),
        ("review.example.org", "https://review.example.org", ""),
        ("https://review.example.org/c/some/project/+/123/4/file.py", "https://review.example.org", "a change"),
        ("https://review.example.org/r/c/project/+/123", "https://review.example.org/r", "a change"),
        ("https://review.example.org/r/123", "https://review.example.org/r", "a change"),
        ("https://review.example.org/q/status:open+-is:wip", "https://review.example.org", "a search"),
        ("https://review.example.org/#/c/123/", "https://review.example.org", "a change"),
        ("https://review.example.org/gerrit/#/q/status:open", "https://review.example.org/gerrit", "a search"),
        ("https://review.example.org/plugins/gitiles/x", "https://review.example.org", "a plugin of it"),
        ("https://review.example.org/admin/repos/x,access", "https://review.example.org", "its list of projects or groups"),
        ("ssh://me@review.example.org:29418/some/project", "https://review.example.org/some/project", ""),
        ("http://review.example.org:8080/gerrit/", "http://review.example.org:8080/gerrit", ""),
    ],
)  # fmt: skip
def test_what_an_address_means(text: str, first: str, page: str) -> None:
    pasted = read_address(text)
    assert (pasted.places[0], pasted.page) == (first, page)


def test_other_places_of_an_address() -> None:
    assert read_address("https://h/x/y").places == ["https://h", "https://h/r", "https://h/gerrit"]
    assert read_address("https://h/group/y").places == [
        "https://h/group/y", "https://h/group", "https://h", "https://h/r", "https://h/gerrit",
    ]  # fmt: skip
    assert read_address("http://h").places[3:] == ["https://h", "https://h/r", "https://h/gerrit"]
    assert "http://h" in read_address("h").places
    assert not [place for place in read_address("h", plain=False).places if place.startswith("http:")]


def test_gerrit_further_down(gerrit: Town) -> None:
    with site({"/r/config/server/version": said("3.9.1-12-gabc"), "/r/projects/": said({})}, OTHER) as url:
        run = plustwo("init", url)
        assert f"plustwo: Gerrit is at {url}/r.\n" in run.stderr
        assert f"{url}/r shows no projects that are active; signed in" in run.stderr
        run = plustwo("init", f"{url}/r/c/some/+/12")
        assert f"plustwo: That is the address of a change; the server is {url}/r.\n" in run.stderr


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (page("Sign in", body='<input type="password">'), "a login page"),
        (page("Squid"), "a proxy, a firewall or the sign-in page of a network"),
        (
            page("Our company"),
            r"Is http://\S+ the address of a Gerrit server\?.*There is none at \S+/r or \S+/gerrit, though",
        ),
        (OTHER, "That is a web page, not Gerrit's data.*There is none at"),
        ((200, "application/json", '"3.9"'), "JSON without the prefix"),
        ((401, "text/plain", "Who?"), "wants to know who asks"),
    ],
)
def test_not_gerrit(answer: tuple[int, str, str], told: str) -> None:
    with site({}, answer) as url:
        run = plustwo("init", url)
    assert run.exit_code == 2
    assert run.stderr.startswith("plustwo: http")
    assert run.stderr.count("\n") == 1
    assert re.search(told, run.stderr), run.stderr


def test_an_old_gerrit_is_said_so() -> None:
    with site({"/config/server/version": said("2.13.9")}, OTHER) as url:
        run = plustwo("init", url)
    assert (run.exit_code, run.stderr) == (
        2,
        f"plustwo: {url} is Gerrit 2.13.9; plustwo reads Gerrit 2.14 and newer.\n",
    )


@pytest.mark.parametrize(
    ("version", "old"),
    [("2.13.9", True), ("1.9", True), ("2.14", False), ("2.16.28", False), ("3.9.1-12-gabc", False), ("(dev)", False)],
)
def test_versions(version: str, old: bool) -> None:
    assert too_old(version) is old


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--user", "ann"], "user is set and password_env"),
        (["--token-env", "T", "--netrc", "n"], "both set"),
        (["--token-env", "NOT_SET_AT_ALL"], "environment variable NOT_SET_AT_ALL, which is not set"),
        (["--netrc", "no-such-file"], "no-such-file cannot be read"),
    ],
)
def test_access_that_cannot_be(options: list[str], told: str) -> None:
    run = plustwo("init", "http://127.0.0.1:9", *options)
    assert run.exit_code == 2
    assert told in run.stderr


# --- what follows from what was seen ------------------------------------------------------------------------------


def change(project: str = "p", messages: Any = (), **labels: list[tuple[int, int]]) -> RecentChange:
    """A change with votes (account, value) by label, and messages (account, name, tag)."""
    voted = {
        name.replace("_", "-"): VotedLabel([Vote(number=who, value=value) for who, value in votes])
        for name, votes in labels.items()
    }
    return RecentChange(project, voted, [SaidMessage(Vote(number=n, name=name), tag) for n, name, tag in messages])


def test_bots() -> None:
    by_tag = [(3, "Wheel", "autogenerated:wheel"), (3, "Wheel", "autogenerated:wheel"), (3, "Wheel", None)]
    half = [(4, "Ann", "autogenerated:wheel"), (4, "Ann", "autogenerated:gerrit:newPatchSet")]
    service = RecentChange("p", {}, [SaidMessage(Vote(number=5, name="Hare", tags=["SERVICE_USER"]))])
    named = change(
        messages=[(1, "Zuul", None), (2, "Release Bot", None), (6, "Ci Wang", None), (7, "Ann Talbot", None)]
    )
    assert [(bot.number, bot.known) for bot in find_bots([change(messages=by_tag + half), service, named])] == [
        (1, True), (2, False), (3, True), (5, True),
    ]  # fmt: skip


def test_labels_by_votes_and_names() -> None:
    """Who votes decides for CI; Ok-To-Test has a name like CI's, and nobody but people votes on it."""
    votes = change(
        Code_Review=[(1, 2)], Gate=[(9, 1), (9, -1), (9, 1), (1, 1)], Verified=[(1, 1)], Ok_To_Test=[(1, 1)] * 4,
        Commit_Queue=[(1, 1)], Approved=[(1, 1)], Design_Review=[(9, 1), (9, 1)],
    )  # fmt: skip
    roles = {label.name: label.role for label in read_labels([votes], {9})}
    assert roles == {
        "Code-Review": "review", "Gate": "ci", "Verified": "ci", "Ok-To-Test": "", "Commit-Queue": "approval",
        "Workflow": "approval", "Design-Review": "review",
    }  # fmt: skip


def rights(above: str = "", ref: str = "refs/heads/*", exclusive: bool = False, **most: int) -> Rights:
    """Access rights: group -> highest Code-Review; `owner` is not a vote but the group that owns the project."""
    owner = {"owner": Permission(rules={"owner": Rule()})} if most.pop("owner", 0) else {}
    voting = {"label-Code-Review": Permission(exclusive, {group: Rule(max=value) for group, value in most.items()})}
    groups = {group: Named(group.replace("_", " ")) for group in [*most, "owner"]}
    sections = {ref: Section(voting if most else {}), "refs/*": Section(owner)}
    return Rights(sections, Named(above) if above else None, groups)


def cores(project: str, **known: Rights) -> tuple[set[str], set[str]]:
    core = core_of(project, known, "Code-Review", 2)
    return set(core.groups), set(core.everywhere)


def test_who_may_approve() -> None:
    root = rights(Administrators=2, Registered_Users=1, Service_Users=2)
    assert cores("p", p=rights("root", lamp=2, friends=1), root=root) == ({"lamp"}, {"Administrators"})
    parent = rights("root", all_core=2)
    assert cores("p", p=rights("up", lamp=2), up=parent, root=root) == ({"lamp", "all core"}, {"Administrators"})
    assert cores("p", p=rights("up", exclusive=True, lamp=2), up=parent, root=root) == ({"lamp"}, set())
    assert cores("p", p=rights("root", ref="refs/heads/stable/*", lamp=2), root=root) == (set(), {"Administrators"})
    assert cores("p", p=rights("root", owner=1), root=rights(Project_Owners=2)) == ({"owner"}, set())
    assert core_of("p", {"p": rights("root"), "root": root}, "Code-Review", 2).core == {"Administrators"}
    assert core_of("p", {"p": rights("p", lamp=2)}, "Code-Review", 2).core == {"lamp"}, "a circle ends"
    assert core_of("p", {"p": rights("root", Registered_Users=2), "root": root}, "Code-Review", 2).everybody
    unnamed = Rights({"refs/*": rights("", lamp=2).local["refs/heads/*"]}, Named("root"), {})
    unnamed.local["refs/*"].permissions["label-Code-Review"].rules = {"0123456789" * 4: Rule(max=2)}
    core = core_of("p", {"p": unnamed, "root": root}, "Code-Review", 2)
    assert (core.core, len(core.nameless)) == (frozenset(), 1)


def test_projects_that_share_a_core_are_a_team() -> None:
    nova, neutron = Core(frozenset({"nova-core"})), Core(frozenset({"neutron-core"}))
    known = {"os/nova": nova, "os/neutron": neutron, "os/neutron-lib": neutron, "x/nova": Core(frozenset({"x"}))}
    assert [(unit.name, list(unit.projects)) for unit in units(known, "host")] == [
        ("neutron", ["os/neutron", "os/neutron-lib"]), ("nova", ["os/nova"]), ("nova 2", ["x/nova"]),
    ]  # fmt: skip
    same = Core()
    assert [unit.name for unit in units({"os/apple": same, "os/avocado": same}, "host")] == ["os"]
    assert [unit.name for unit in units({"apple": same, "pear": same}, "host")] == ["host"]


def test_choosing_projects() -> None:
    there = ["os/neutron", "os/neutron-lib", "os/nova"]
    assert choose_projects(["os/neutron*", "os/neutron"], there) == (["os/neutron", "os/neutron-lib"], {})
    assert choose_projects(["nova"], there) == ([], {"nova": ["os/nova"]})
    assert choose_projects(["os/Nvoa"], there)[1] == {"os/Nvoa": ["os/nova"]}
    assert choose_projects(["zebra"], there) == ([], {"zebra": []})


def test_strange_names_are_written_safely(folder: Path) -> None:
    odd = 'say "hi" \\ \n[x]\x7f\x1b[31m'
    found = Findings(GerritServer("https://h"), odd, "2026-11-23", [f"{odd}*"], "why")
    found.labels = [LabelUse("Code-Review", "review", "by its name"), LabelUse(odd, "", odd), LabelUse("X", "ci", odd)]
    found.bots = [Bot(7, odd, "by its name", False), Bot(8, odd, "by its name", True)]
    found.units = [Unit(odd, [f"{odd}x"], Core(frozenset({odd}), named=frozenset({odd})))]
    found.approvers, found.readable = {f"{odd}x": {9: odd}}, {odd: frozenset({1})}
    found.missing = [odd]
    (folder / "odd.toml").write_text(write_config(found), encoding="utf-8")
    loaded, problems = examine(folder / "odd.toml")
    assert loaded is not None, problems
    assert problems == []
    assert (loaded.config.team[0].name, loaded.config.team[0].core) == (odd, [odd])
    assert (loaded.config.gerrit[0].projects, loaded.config.gerrit[0].bots) == ([f"{odd}*"], ["7"])
    assert "\x1b" not in write_config(found)
