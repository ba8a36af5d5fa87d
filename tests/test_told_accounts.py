"""What a server tells of accounts: people are worked out anew only where it tells something new."""

import sqlite3

import pytest

from collectors.people import refresh_people, told_accounts
from collectors.rules import Rules
from collectors.source import Told
from collectors.store import open_database, transaction

ANN = Told(1, "Ann Ash", "ann@lantern.example", "ann", None, False, False)


@pytest.fixture
def database() -> sqlite3.Connection:
    connection = open_database(":memory:")
    connection.execute("INSERT INTO servers VALUES (1, 'lantern', 'https://lantern.example')")
    tell(connection, ANN)
    refresh_people(connection, Rules())
    return connection


def tell(connection: sqlite3.Connection, told: Told) -> None:
    with transaction(connection):
        told_accounts(connection, 1, [told], 1_700_000_000)


def stale(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT 1 FROM settings WHERE key = 'people are stale'").fetchone())


@pytest.mark.parametrize("told", [ANN, ANN._replace(status="on leave"), ANN._replace(name=None, email=None)])
def test_nothing_new_is_no_reason(database: sqlite3.Connection, told: Told) -> None:
    """The same again, another status, and a server that tells less: people stay as they are."""
    tell(database, told)
    assert not stale(database)
    assert database.execute("SELECT name, email FROM accounts").fetchall() == [("Ann Ash", "ann@lantern.example")]


@pytest.mark.parametrize(
    "told",
    [
        ANN._replace(name="Ann Elm"),
        ANN._replace(email="a@b.example"),
        ANN._replace(service_user=True),
        ANN._replace(number=2),
    ],
)
def test_another_name_address_bot_or_account_is(database: sqlite3.Connection, told: Told) -> None:
    tell(database, told)
    assert stale(database)
