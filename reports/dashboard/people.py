"""Who has a page, and where is it? People by their id, never by their name: two may have the same one."""

import re
import sqlite3
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from reports.dashboard.series import Series


@dataclass(frozen=True, slots=True)
class Account:
    """A Gerrit account: the server's name, its address, the account's number."""

    server: str
    url: str
    number: int


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a page at `path`."""

    id: int
    name: str
    accounts: tuple[Account, ...]
    path: str


ACCOUNTS = """
SELECT p.id, p.name, s.name, s.url, a.number
FROM account_people i
JOIN people p ON p.id = i.person_id
JOIN accounts a ON a.id = i.account_id
JOIN servers s ON s.id = a.server_id
ORDER BY p.id, a.id
"""


def shown_ids(series: Series) -> set[int]:
    """Everybody who reviewed, created or merged a change, has an open one, or is new in the time shown; bots too."""
    reviewers = (*series.reviewers_weeks, *series.reviewers.values())
    ids = {row["person_id"] for answer in reviewers for row in answer.rows}
    ids |= {row["person_id"] for row in series.newcomers.rows}
    for answer in (series.waiting, series.response, series.merged):
        ids |= {row["owner_person"] for row in answer.rows}
    return ids - {None}


def people_with_pages(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Person]:
    """Those of `ids` who are people, by id. A page is named by the first account: server and number."""
    wanted, accounts, names = set(ids), dict[int, list[Account]](), dict[int, str]()
    for person, name, server, url, number in connection.execute(ACCOUNTS):
        if person in wanted:
            names[person] = name
            accounts.setdefault(person, []).append(Account(server, url, number))
    slugs = Slugs()
    return {
        person: Person(
            person, names[person], tuple(found), f"person/{slugs.take(f'{found[0].server}-{found[0].number}')}.html"
        )
        for person, found in accounts.items()
    }


class Slugs:
    """File names out of other people's words: lower-case letters, figures and hyphens, each given once."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def take(self, words: str) -> str:
        """A name for `words` that nobody has yet."""
        plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
        base = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60].strip("-") or "unnamed"
        slug, number = base, 2
        while slug in self.taken:
            slug, number = f"{base}-{number}", number + 1
        self.taken.add(slug)
        return slug
