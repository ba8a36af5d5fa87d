"""Listing what was updated: nothing is lost while changes move to the front, whatever the size of pages and seconds.

The list is answered by a model of the server's index: newest first, `since:` and `before:` inclusive to the second, a page
of at most so many changes however many are asked for, `_more_changes` on the last one of a page that is not the last.
"""

import asyncio
import json
import random
import re
from datetime import UTC, datetime
from typing import Any, cast

import msgspec
import pytest

from collectors.gerrit import listing
from collectors.gerrit.client import Gerrit
from collectors.gerrit.listing import about_how_many, groups, pages

START = 1_700_000_000


class Index:
    """Changes with the second of their last update; `churn` changes are updated before every answer but the first."""

    def __init__(self, updated: dict[int, int], page: int, churn: int, seed: int) -> None:
        self.updated, self.page, self.churn = updated, page, churn
        self.chance = random.Random(seed)  # noqa: S311
        self.now = max(updated.values(), default=START) + 1
        self.asked: list[str] = []

    async def get(self, path: str, params: list[tuple[str, str]], kind: object) -> list[msgspec.Raw]:
        assert path == "/changes/"
        given = dict(params)
        assert int(given["n"]) > 0
        if self.asked:
            self.move()
        self.asked.append(given["q"])
        since, before = (_time(given["q"], word) for word in ("since", "before"))
        found = [
            (-at, number) for number, at in self.updated.items() if at >= (since or 0) and (not before or at <= before)
        ]
        skip, most = int(given.get("S", 0)), min(self.page, int(given["n"]))
        answer: list[dict[str, Any]] = [
            {"_number": number, "project": "p", "updated": _text(-at), "meta_rev_id": f"{number}@{-at}"}
            for at, number in sorted(found)[skip : skip + most]
        ]
        if answer and skip + most < len(found):
            answer[-1]["_more_changes"] = True
        return [msgspec.Raw(json.dumps(one).encode()) for one in answer]

    def move(self) -> None:
        """Time passes, and some changes are updated."""
        self.now += self.chance.randint(0, 2)
        for number in self.chance.sample(sorted(self.updated), min(self.churn, len(self.updated))):
            self.updated[number] = self.now

    def listed(self, since: int = 0) -> dict[int, str]:
        """Number -> tip of everything that is listed."""
        seen: dict[int, str] = {}

        async def run() -> None:
            async for page in pages(cast(Gerrit, self), ["p"], since):
                assert not page.unread
                seen.update((one.number, one.tip) for one in page.changes)

        asyncio.run(run())
        return seen


def _text(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}.000000000"


def _time(query: str, word: str) -> int | None:
    found = re.search(rf'{word}:"([^"]+) \+0000"', query)
    return int(datetime.fromisoformat(found[1]).replace(tzinfo=UTC).timestamp()) if found else None


def population(seed: int, count: int, per_second: int) -> dict[int, int]:
    """Changes whose updates fall into few seconds, up to `per_second` in one."""
    chance = random.Random(seed)  # noqa: S311
    updated: dict[int, int] = {}
    at = START
    while len(updated) < count:
        for _ in range(chance.randint(1, per_second)):
            updated[len(updated) + 1] = at
        at += chance.randint(1, 50)
    return updated


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("page", "per_second"), [(7, 3), (10, 45), (60, 400)])
def test_everything_is_listed_while_nothing_moves(
    monkeypatch: pytest.MonkeyPatch, seed: int, page: int, per_second: int
) -> None:
    monkeypatch.setattr(listing, "OVERLAP", 3)
    index = Index(population(seed, 600, per_second), page, 0, seed)
    assert index.listed() == {number: f"{number}@{at}" for number, at in index.updated.items()}


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("page", "per_second", "churn"), [(7, 3, 1), (10, 45, 2), (60, 400, 5)])
def test_what_moves_meanwhile_is_listed_by_the_next_poll(
    monkeypatch: pytest.MonkeyPatch, seed: int, page: int, per_second: int, churn: int
) -> None:
    """As a first load and the poll after it: together they have every change as it is in the end."""
    monkeypatch.setattr(listing, "OVERLAP", 5)
    index = Index(population(seed, 600, per_second), page, churn, seed)
    began = index.now
    seen = index.listed()
    index.churn = 0
    seen.update(index.listed(began - 60))
    assert seen == {number: f"{number}@{at}" for number, at in index.updated.items()}


def test_pages_go_on_by_time_and_by_place_only_inside_a_second() -> None:
    quick = Index(population(1, 600, 3), 50, 0, 1)
    quick.listed()
    assert len(quick.asked) <= 600 // (50 - 3) + 2
    assert all("before:" in query for query in quick.asked[1:])


def test_an_unreadable_entry_is_told_and_the_rest_goes_on() -> None:
    index = Index({1: START, 2: START + 5}, 10, 0, 0)
    whole = index.get

    async def broken(path: str, params: list[tuple[str, str]], kind: object) -> list[msgspec.Raw]:
        return [msgspec.Raw(b'{"_number":"x","project":"p"}'), *await whole(path, params, kind)]

    index.get = broken  # type: ignore[method-assign]

    async def first() -> listing.Page:
        return await anext(pages(cast(Gerrit, index), ["p"]))

    page = asyncio.run(first())
    assert [one.number for one in page.changes] == [2, 1]
    assert len(page.unread) == 1
    assert '"_number":"x"' in page.unread[0]


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 5000, 70_000])
def test_about_how_many_is_a_tenth_off_at_most(count: int) -> None:
    index = Index({number: START + number for number in range(count)}, 500, 0, 0)
    about = asyncio.run(about_how_many(cast(Gerrit, index), ["p"]))
    assert abs(about - count) <= max(500, count // 10)
    assert len(index.asked) < 25


def test_projects_are_asked_for_in_as_few_groups_as_fit_into_a_query() -> None:
    names = [f"openstack/project-{number:04}" for number in range(400)]
    found = groups(names)
    assert [name for group in found for name in group] == names
    assert len(found) < 8
    assert all(len(listing.any_of(group)) <= listing.LONGEST_QUERY + 20 for group in found)
    assert groups([]) == []
