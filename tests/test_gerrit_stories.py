"""Collecting from a real Gerrit again and again: polls, pages, interruptions, projects that come and go, who may see what."""

import subprocess
import sys
from pathlib import Path

import pytest

from collectors.gerrit import listing
from tests.gerrit.collecting import BothWays, Collector, Row
from tests.gerrit.people import Person
from tests.gerrit.rules import CORE, CORE_AND_FRIENDS, HIDDEN
from tests.gerrit.town import Town
from tests.gerrit.workshop import Change

HOUR, DAY = 3600, 86400
NOTHING_NEW = "1 project, 1 change: nothing new.\n"

# Collects with pages of three changes, and is killed when the third batch is about to be written.
KILLED = """
import os, signal, sys
import collectors.gerrit.listing, collectors.loop
from bot.main import main

batches = []
write = collectors.loop.replace_changes

def killed(connection, changes):
    batches.append(changes)
    if len(batches) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    write(connection, changes)

collectors.gerrit.listing.PAGE = 3
collectors.loop.replace_changes = killed
main(["--config", sys.argv[1], "collect"])
"""


def push_series(person: Person, project: str, count: int) -> None:
    """Many changes with one push: they are made, and last updated, in the same second."""
    workshop, remote = person.workshop, person.remote(project)
    parent = workshop.tip(remote, project, "master")
    for number in range(count):
        change_id = workshop.new_change_id()
        change = Change(project, "master", change_id, f"Link {number}", parent, {f"{number}.txt": "Iron\n"})
        parent = workshop.commit(change, person.ident, person.ident)
    person.server.git(workshop.clone(project), "push", remote, f"{parent}:refs/for/master")


def test_a_poll_with_nothing_new_is_one_request(gerrit: Town, tmp_path: Path) -> None:
    """For all projects together; what else is asked is asked hourly, daily, weekly."""
    ann = gerrit.person("ann")
    projects = [gerrit.project(f"poll/{name}") for name in ("one", "two", "three")]
    for project in projects:
        ann.push(project, "Once")
    both = BothWays(tmp_path, gerrit, *projects)
    both.collect()
    assert both.rest.requests() == ["/changes/"]
    assert both.rest.requests(later=2 * DAY) == ["/projects/", "/changes/"]
    assert both.rest.requests(later=9 * DAY) == ["/projects/", "/changes/", "/accounts/"]
    assert both.collect() == "3 projects, 3 changes: nothing new.\n"


def test_a_change_that_moved_is_two_requests(gerrit: Town, tmp_path: Path) -> None:
    """The list and the change; with new comments, these as well."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("poll/moved")
    change = ann.push(project, "Once", files={"lamp.txt": "One\n"})
    both = BothWays(tmp_path, gerrit, project)
    both.collect()
    ben.review(change, {"Code-Review": 1})
    assert both.rest.requests() == ["/changes/", "/changes/"]
    ben.review(change, comments=[("lamp.txt", 1, "Hm", False)])
    assert both.rest.requests() == ["/changes/", "/changes/", f"/changes/{change.id}/comments"]
    both.collect()


def test_more_changes_in_a_second_than_a_page_holds(
    gerrit: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is missed, whether the second is the newest, the oldest or in between; and in a later poll neither."""
    monkeypatch.setattr(listing, "PAGE", 4)
    monkeypatch.setattr(listing, "OVERLAP", 1)
    ann, project = gerrit.person("ann"), gerrit.project("pages/second")
    ann.push(project, "Before")
    push_series(ann, project, 13)
    ann.push(project, "After")
    both = BothWays(tmp_path, gerrit, project)
    assert "15 of 15 changes read" in both.collect()
    [crowd] = both.rest.rows("SELECT count(*) FROM changes WHERE subject LIKE 'Link %' GROUP BY updated_at")
    assert crowd == (13,)
    push_series(ann, project, 9)
    assert "9 of 24 changes read" in both.collect()
    assert both.collect("--everything") == "1 project, 24 changes: nothing new.\n"


def test_a_first_load_is_killed_and_goes_on(gerrit: Town, tmp_path: Path) -> None:
    """With what was written; only the rest is read, and the end is the same."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("pages/killed")
    changes = [ann.push(project, f"Change {number}") for number in range(8)]
    both = BothWays(tmp_path, gerrit, project)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(both.rest.config)], capture_output=True, check=False)
    assert killed.returncode == -9, killed.stderr.decode()
    written = both.rest.rows("SELECT number FROM changes ORDER BY number")
    assert 3 <= len(written) <= 6
    assert written[-1] == (changes[-1].number,)
    ben.review(changes[-1], {"Code-Review": 1})
    assert f"{8 - len(written) + 1} of 8 changes read" in both.collect()
    assert both.collect() == "1 project, 8 changes: nothing new.\n"


def test_history_goes_back_as_far_as_is_said(gerrit: Town, tmp_path: Path) -> None:
    """Nothing is as new as tomorrow; what happens from now on is read all the same, and the rest when it is asked for."""
    ann, ben, project = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("pages/since")
    change, _ = ann.push(project, "First"), ann.push(project, "Second")
    both = BothWays(tmp_path, gerrit, project)
    assert both.rest.collect("--since", "2100-01-01") == (
        f"lantern: {project}: nothing there yet that is shown to us\n1 project, 0 changes: nothing new.\n"
    )
    ben.review(change, {"Code-Review": 1})
    both.rest.collect("--since", "2100-01-01")
    assert (change.number,) in both.rest.rows("SELECT number FROM changes")
    both.collect()


def test_a_project_is_added_later(gerrit: Town, tmp_path: Path) -> None:
    """Its history is read, whenever it is from; the others are polled as before."""
    ann, one, two = gerrit.person("ann"), gerrit.project("added/one"), gerrit.project("added/two")
    ann.push(one, "Here"), ann.push(two, "Long before")
    both = BothWays(tmp_path, gerrit, one)
    both.collect()
    for collector in (both.rest, both.git):
        collector.watch([one, two])
    ann.push(one, "Here too")
    said = both.collect()
    assert f"{one}: 1 of 2 changes read" in said
    assert f"{two}: 1 of 1 changes read" in said
    assert both.rest.requests() == ["/changes/"]


def test_a_project_is_made_and_added_at_once(gerrit: Town, tmp_path: Path) -> None:
    """Though the server's projects were listed before it was there."""
    ann, one = gerrit.person("ann"), gerrit.project("made/one")
    ann.push(one, "Here")
    both = BothWays(tmp_path, gerrit, one)
    both.collect()
    two = gerrit.project("made/two")
    ann.push(two, "Brand new")
    for collector in (both.rest, both.git):
        collector.watch([one, two])
    assert f"{two}: 1 of 1 changes read" in both.collect()


def test_a_pattern_means_what_the_server_has(gerrit: Town, tmp_path: Path) -> None:
    """As of the last day: a new project is found with the next list."""
    ann, one = gerrit.person("ann"), gerrit.project("pattern/one")
    ann.push(one, "Here")
    rest = Collector(tmp_path, gerrit, ["pattern/*"])
    rest.collect()
    two = gerrit.project("pattern/two")
    ann.push(two, "There")
    assert rest.collect() == NOTHING_NEW
    assert f"{two}: 1 of 1 changes read" in rest.collect(later=2 * DAY)


def test_a_hidden_project(gerrit: Town, tmp_path: Path) -> None:
    """What is known of it stays and it is said that it is hidden; the others are read."""
    ann, one, two = gerrit.person("ann"), gerrit.project("hidden/one"), gerrit.project("hidden/two")
    ann.push(one, "Seen"), ann.push(two, "Seen once")
    both = BothWays(tmp_path, gerrit, one, two)
    both.collect()
    gerrit.admin.put("/projects/hidden%2Ftwo/config", {"state": "HIDDEN"})
    ann.push(one, "Seen as well")
    for words, later in ((["--everything"], 0), ([], 2 * DAY)):
        said = both.rest.collect(*words, later=later, status=1)
        assert f"{two}: NOT READ: " in said
        assert both.rest.rows("SELECT count(*) FROM changes WHERE gone_at IS NULL") == [(3,)]
    gerrit.admin.put("/projects/hidden%2Ftwo/config", {"state": "ACTIVE"})
    ann.push(two, "Seen again")
    both.rest.collect(later=4 * DAY)
    both.collect()


def test_a_read_only_project_is_read(gerrit: Town, tmp_path: Path) -> None:
    ann, project = gerrit.person("ann"), gerrit.project("hidden/read-only")
    ann.push(project, "Before")
    gerrit.admin.put("/projects/hidden%2Fread-only/config", {"state": "READ_ONLY"})
    assert "1 of 1 changes read" in BothWays(tmp_path, gerrit, project).collect()


def sign_in(person: Person, monkeypatch: pytest.MonkeyPatch) -> str:
    """How a configuration says that this person asks."""
    monkeypatch.setenv("LANTERN_PASSWORD", person.password)
    return f'user = "{person.username}"\npassword_env = "LANTERN_PASSWORD"\n'


def test_signed_in_one_sees_more(gerrit: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project for registered users, and one's own private changes; nobody sees neither."""
    ann, ben = gerrit.person("ann"), gerrit.person("ben")
    members, public = gerrit.project("access/members", registered_only=True), gerrit.project("access/public")
    inside, secret = ann.push(members, "Inside"), ann.push(public, "Secret", options=("private",))
    ben.review(inside, {"Code-Review": 1})
    both = BothWays(tmp_path / "ann", gerrit, members, public, more=sign_in(ann, monkeypatch))
    both.collect()
    assert both.votes(inside) == [("ben", "Code-Review", 1, 1, None)]
    assert both.change(secret, "private") == (1,)
    assert both.events(secret) == [("ann", "private", "1")]

    nobody = Collector(tmp_path / "nobody", gerrit, [members, public])
    assert nobody.collect().count("nothing there yet that is shown to us\n") == 2

    monkeypatch.setenv("LANTERN_PASSWORD", "not-the-password")
    refused = both.rest.run("collect")
    assert refused.exit_code != 0
    assert "LANTERN_PASSWORD" in refused.output
    assert "not-the-password" not in refused.output


def test_accounts_are_asked_again_after_a_week(gerrit: Town, tmp_path: Path) -> None:
    """Another name, a status, one that is active no more: answers say what the server says now."""
    ann, project = gerrit.person("ann"), gerrit.project("people/renamed")
    lee, moe = gerrit.person("lee", "Lee Larch"), gerrit.person("moe", "Moe Maple")
    change = ann.push(project, "Who is who")
    for person in (lee, moe):
        person.review(change, {"Code-Review": 1})
    both = BothWays(tmp_path, gerrit, project)
    both.collect()
    lee.put("/accounts/self/name", {"name": "Lee Linden"})
    lee.put("/accounts/self/status", {"status": "on leave"})
    gerrit.admin.delete("/accounts/moe/active")
    assert both.reviews().keys() == {"Lee Larch", "Moe Maple"}
    both.rest.collect(later=6 * DAY)
    assert both.reviews().keys() == {"Lee Larch", "Moe Maple"}
    both.rest.collect(later=8 * DAY)
    assert both.reviews().keys() == {"Lee Linden", "Moe Maple"}
    query = "SELECT name, status, inactive FROM accounts WHERE username IN ('lee', 'moe') ORDER BY number"
    assert both.rest.rows(query) == [("Lee Linden", "on leave", 0), ("Moe Maple", None, 1)]


def team(*core: str) -> str:
    """A team of everything, as it stands in a configuration."""
    names = ", ".join(f'"{name}"' for name in core)
    return f'[[team]]\nname = "keepers"\nprojects = ["*"]\ncore = [{names}]'


def members(collector: Collector, group: str) -> list[Row]:
    """Who is or was in a group, whether they were from its first snapshot on, and whether they still are."""
    return collector.rows(
        "SELECT a.username, m.since = 0, m.until IS NULL FROM group_members m JOIN groups g ON g.id = m.group_id "
        "JOIN accounts a ON a.id = m.account_id WHERE g.name = ? ORDER BY a.username, m.since",
        group,
    )


def test_the_core_is_a_group_of_the_server(gerrit: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name; whoever comes through an included group is core as well."""
    ann, ben, eve, zoe = map(gerrit.person, ("ann", "ben", "eve", "zoe"))
    project = gerrit.project("people/core")
    change = ann.push(project, "Who is core")
    for person in (ben, eve, zoe):
        person.review(change, {"Code-Review": 1})
    access = sign_in(zoe, monkeypatch)
    both = BothWays(tmp_path, gerrit, project, more=access + team(CORE))
    both.collect()
    words = ("--team", "keepers")
    assert {name: row["core"] for name, row in both.reviews(*words).items()} == {
        "Ben Birch": True, "Eve Elm": False, "Zoë Żywiec": False,
    }  # fmt: skip
    both.rest.watch([project], access + team(CORE_AND_FRIENDS))
    both.collect()
    assert members(both.rest, CORE_AND_FRIENDS) == [("ben", 1, 1), ("cid", 1, 1), ("eve", 1, 1)]
    assert [name for name, row in both.reviews(*words).items() if row["core"]] == ["Ben Birch", "Eve Elm"]


def test_members_come_and_go(gerrit: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once an hour they are read, so that it is known from when to when somebody was in the group."""
    ann, project = gerrit.person("ann"), gerrit.project("people/members")
    ann.push(project, "Who is in")
    gerrit.admin.put("/groups/demo-wardens", {"visible_to_all": True, "members": ["ann", "zoe"]})
    rest = Collector(tmp_path, gerrit, [project], sign_in(ann, monkeypatch) + team("demo-wardens"))
    rest.collect()
    gerrit.admin.put("/groups/demo-wardens/members/dee")
    gerrit.admin.delete("/groups/demo-wardens/members/zoe")
    rest.collect(later=HOUR // 2)
    assert members(rest, "demo-wardens") == [("ann", 1, 1), ("zoe", 1, 1)]
    rest.collect(later=HOUR + 60)
    assert members(rest, "demo-wardens") == [("ann", 1, 1), ("dee", 0, 1), ("zoe", 1, 0)]
    gerrit.admin.put("/groups/demo-wardens/members/zoe")
    rest.collect(later=3 * HOUR)
    assert members(rest, "demo-wardens") == [("ann", 1, 1), ("dee", 0, 1), ("zoe", 1, 0), ("zoe", 0, 1)]


def test_a_group_that_cannot_be_read_is_said(gerrit: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no more than said: everything else is read. Nobody may read any; a hidden one only its members."""
    ann, zoe, dee, project = *map(gerrit.person, ("ann", "zoe", "dee")), gerrit.project("people/hidden")
    ann.push(project, "Who is hiding")
    rest = Collector(tmp_path, gerrit, [project], team(CORE, HIDDEN))
    said = rest.collect()
    assert "1 of 1 changes read" in said
    assert f"the group '{CORE}' " in said
    assert f"the group '{HIDDEN}' " in said
    rest.watch([project], sign_in(zoe, monkeypatch) + team(CORE, HIDDEN, "demo-nowhere"))
    said = rest.collect()
    assert f"the group '{CORE}' " not in said
    assert f"the group '{HIDDEN}' " in said
    assert "the group 'demo-nowhere' " in said
    assert members(rest, CORE) == [("ben", 1, 1), ("cid", 1, 1)]
    rest.watch([project], sign_in(dee, monkeypatch) + team(HIDDEN))
    assert rest.collect() == NOTHING_NEW
    assert members(rest, HIDDEN) == [("dee", 1, 1)]


def test_a_service_user_is_no_person(gerrit: Town, tmp_path: Path) -> None:
    """The server says so; its name and its messages say nothing."""
    ann, project = gerrit.person("ann"), gerrit.project("people/service")
    helper = gerrit.person("helper", "Helping Hand", groups=("Service Users",))
    change = ann.push(project, "With help")
    helper.review(change, {"Code-Review": 1}, "Looks tidy.")
    both = BothWays(tmp_path, gerrit, project)
    both.collect()
    assert both.rest.rows("SELECT bot FROM accounts WHERE username = 'helper'") == [("service user",)]
    assert both.reviews() == {}


def test_a_renamed_project(gerrit: Town, tmp_path: Path) -> None:
    """Renamed as administrators do, underneath the server: it is said where its changes are now, and nothing is lost."""
    ann, ben, old = gerrit.person("ann"), gerrit.person("ben"), gerrit.project("renamed/old")
    change = ann.push(old, "Moving house")
    ben.review(change, {"Code-Review": 1})
    both = BothWays(tmp_path, gerrit, old)
    both.collect()
    (gerrit.repositories / "renamed" / "old.git").rename(gerrit.repositories / "renamed" / "new.git")
    gerrit.admin.post("/config/server/caches/", {"operation": "FLUSH_ALL"})
    gerrit.admin.post("/projects/renamed%2Fnew/index")
    gerrit.admin.post("/projects/renamed%2Fnew/index.changes", {"async": False})
    for words, later in ((["--everything"], 0), ([], 2 * DAY)):
        said = both.rest.collect(*words, later=later, status=1)
        assert "renamed/new" in said
        assert both.rest.rows("SELECT count(*) FROM changes WHERE gone_at IS NULL") == [(1,)]
    for collector in (both.rest, both.git):
        collector.watch(["renamed/new"])
    both.rest.collect(later=4 * DAY)
    both.collect()
    assert both.votes(change) == [("ben", "Code-Review", 1, 1, None)]
    assert both.reviews()["Ben Birch"]["reviews"] == 1
