"""What is collected from git equals what the server itself answered over REST, for every recorded change."""

import gzip
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.main import main
from tests.test_recorded import SERVERS, write_config


@pytest.fixture(scope="module")
def database(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    folder = tmp_path_factory.mktemp("rest")
    run = CliRunner().invoke(main, ["--config", str(write_config(folder, recorded)), "collect"])
    assert run.exit_code == 0, run.output
    connection = sqlite3.connect(folder / "all.sqlite")
    connection.row_factory = sqlite3.Row
    return connection


def answers(recorded: Path, server: str) -> Iterator[dict[str, Any]]:
    for page in sorted((recorded / server / "rest").glob("*/changes-*.json.gz")):
        yield from json.loads(gzip.decompress(page.read_bytes())[5:])


def epoch(text: str | None) -> int | None:
    return int(datetime.fromisoformat(text[:19]).replace(tzinfo=UTC).timestamp()) if text else None


def account(info: dict[str, Any] | None) -> int | None:
    return info.get("_account_id") if info else None


def number(account_id: int | None) -> int | None:
    return None if account_id is None else account_id & 0xFFFFFFFF


@pytest.mark.parametrize("server", SERVERS)
def test_changes(recorded: Path, database: sqlite3.Connection, server: str) -> None:
    seen, pushed = 0, 0
    for info in answers(recorded, server):
        change = (list(SERVERS).index(server) + 1) << 32 | info["_number"]
        row = database.execute(
            "SELECT c.*, p.name AS project FROM changes c JOIN projects p ON p.id = c.project_id WHERE c.id = ?",
            (change,),
        ).fetchone()
        found = {
            "project": row["project"], "branch": row["branch"], "change_id": row["change_key"], "subject": row["subject"],
            "status": row["status"], "owner": number(row["owner_id"]), "created": row["created_at"],
            "submitter": number(row["submitter_id"]), "topic": row["topic"], "hashtags": row["hashtags"],
            "wip": row["wip"], "private": row["private"], "meta": row["meta_rev"], "updated": row["updated_at"],
        }  # fmt: skip
        expected = {
            "project": info["project"], "branch": info["branch"], "change_id": info["change_id"], "subject": info["subject"],
            "status": info["status"], "owner": account(info["owner"]), "created": epoch(info["created"]),
            "submitter": account(info.get("submitter")), "topic": info.get("topic"),
            "hashtags": ",".join(sorted(info["hashtags"])), "wip": int(info.get("work_in_progress", False)),
            "private": int(info.get("is_private", False)), "meta": info["meta_rev_id"], "updated": epoch(info["updated"]),
        }  # fmt: skip
        assert found == expected
        if info["status"] == "MERGED" and "submitted" not in info:
            pushed += 1  # a commit that was pushed past review has no submission: the time of its status stands for it
        else:
            assert row["merged_at"] == epoch(info.get("submitted")), info["_number"]
        seen += 1
    assert (seen, pushed) == {"openbmc": (3708, 0), "rdo": (2469, 3)}[server]


@pytest.mark.parametrize("server", SERVERS)
def test_messages(recorded: Path, database: sqlite3.Connection, server: str) -> None:
    seen = 0
    for info in answers(recorded, server):
        change = (list(SERVERS).index(server) + 1) << 32 | info["_number"]
        rows = database.execute("SELECT * FROM messages WHERE change_id = ? ORDER BY seq", (change,)).fetchall()
        found = Counter(
            (row["key"], row["at"], number(row["account_id"]), number(row["real_account_id"]), row["tag"], row["text"])
            for row in rows
        )
        expected = Counter(
            (
                m["id"],
                epoch(m["date"]),
                account(m.get("author")),
                account(m.get("real_author")),
                m.get("tag"),
                m["message"],
            )
            for m in info["messages"]
        )
        assert found == expected, info["_number"]
        seen += len(rows)
    assert seen == {"openbmc": 77_801, "rdo": 23_916}[server]


@pytest.mark.parametrize("server", SERVERS)
def test_current_patch_set_reviewers_and_attention(recorded: Path, database: sqlite3.Connection, server: str) -> None:
    for info in answers(recorded, server):
        change = (list(SERVERS).index(server) + 1) << 32 | info["_number"]
        for commit, revision in info.get("revisions", {}).items():
            row = database.execute(
                "SELECT * FROM patch_sets WHERE change_id = ? AND number = ?", (change, revision["_number"])
            ).fetchone()
            found = (row["commit_sha"], row["uploaded_at"], number(row["uploader_id"]))
            assert found == (commit, epoch(revision["created"]), account(revision["uploader"]))
        rows = database.execute("SELECT account_id, state FROM reviewers WHERE change_id = ? ORDER BY seq", (change,))
        states = {number(row["account_id"]): row["state"] for row in rows}
        expected = {
            account(who): state for state, people in info["reviewers"].items() for who in people if account(who)
        }
        owner = account(info["owner"])
        assert {k: v for k, v in states.items() if v != "REMOVED"} == {
            k: v for k, v in expected.items() if v != "REMOVED" and k != owner
        }
        rows = database.execute(
            "SELECT account_id, operation, reason FROM attention WHERE change_id = ? ORDER BY seq", (change,)
        )
        attention = {number(row["account_id"]): row["operation"] for row in rows}
        assert {k for k, v in attention.items() if v == "ADD"} == {int(k) for k in info.get("attention_set", {})}, info[
            "_number"
        ]
