"""What somebody writes in an afternoon to have a Gerrit community's reviews in SQLite: the measure for bench/rest.py.

    python bench/plain.py requests|pygerrit2 URL DATABASE PROJECT...

A loop over pages of 500 changes with the options that plustwo asks for, then the comments of each change that has any, one
request each; `json`, and `upsert_all` of sqlite_utils for each page. It knows no poll, no pause, no broken answer.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote

import sqlite_utils

OPTIONS = ("MESSAGES", "DETAILED_LABELS", "DETAILED_ACCOUNTS", "REVIEWER_UPDATES", "SKIP_DIFFSTAT")
PAGE = 500

Get = Callable[[str], Any]
Info = dict[str, Any]


def with_requests(url: str) -> Get:
    """Ask with requests."""
    import requests

    session = requests.Session()

    def get(path: str) -> Any:
        answer = session.get(f"{url}{path}", timeout=300)
        answer.raise_for_status()
        return json.loads(answer.text[4:])

    return get


def with_pygerrit2(url: str) -> Get:
    """Ask with pygerrit2."""
    from pygerrit2 import Anonymous, GerritRestAPI

    return GerritRestAPI(url=url, auth=Anonymous()).get


def pages(get: Get, project: str) -> Iterator[list[Info]]:
    """All changes of a project."""
    options = "".join(f"&o={name}" for name in OPTIONS)
    start = 0
    while True:
        page = get(f"/changes/?q=project:{quote(project, safe='')}&n={PAGE}&start={start}{options}")
        yield page
        if not page or not page[-1].get("_more_changes"):
            return
        start += len(page)


def person(account: Info | None) -> int | None:
    """The number of an account."""
    return account.get("_account_id") if account else None


def people(changes: Iterable[Info]) -> Iterator[Info]:
    """Accounts that changes mention."""
    for change in changes:
        accounts = [change["owner"], change.get("submitter"), *(m.get("author") for m in change["messages"])]
        accounts += [one for those in change["reviewers"].values() for one in those]
        for account in accounts:
            if account and "_account_id" in account:
                yield {"id": account["_account_id"], "name": account.get("name"), "email": account.get("email")}


def write(database: sqlite_utils.Database, changes: list[Info]) -> None:
    """Rows of a page of changes."""
    columns = (
        "project", "branch", "change_id", "subject", "status", "created", "updated", "submitted", "topic",
        "submission_id", "work_in_progress", "is_private", "meta_rev_id", "total_comment_count",
        "current_revision_number", "revert_of", "cherry_pick_of_change",
    )  # fmt: skip
    rows = [
        {"id": one["_number"], "owner": person(one["owner"]), "submitter": person(one.get("submitter"))}
        | {"hashtags": ",".join(one.get("hashtags", ()))}
        | {column: one.get(column) for column in columns}
        for one in changes
    ]
    messages = [
        {
            "id": message["id"], "change": one["_number"], "author": person(message.get("author")),
            "real_author": person(message.get("real_author")), "date": message["date"], "tag": message.get("tag"),
            "patch_set": message.get("_revision_number"), "message": message["message"],
        }
        for one in changes
        for message in one["messages"]
    ]  # fmt: skip
    votes = [
        {
            "change": one["_number"], "label": name, "account": vote.get("_account_id"), "value": vote["value"],
            "date": vote.get("date"),
        }
        for one in changes
        for name, label in one["labels"].items()
        for vote in label.get("all", ())
        if vote.get("value")
    ]  # fmt: skip
    reviewers = [
        {
            "change": one["_number"], "place": place, "account": person(update["reviewer"]), "state": update["state"],
            "date": update["updated"], "by": person(update.get("updated_by")),
        }
        for one in changes
        for place, update in enumerate(one["reviewer_updates"])
    ]  # fmt: skip
    attention = [
        {"change": one["_number"], "account": int(account), "kind": kind, "date": told["last_update"], "reason": told.get("reason")}
        for one in changes
        for kind in ("attention_set", "removed_from_attention_set")
        for account, told in one.get(kind, {}).items()
    ]  # fmt: skip
    database["accounts"].upsert_all({one["id"]: one for one in people(changes)}.values(), pk="id")
    database["changes"].upsert_all(rows, pk="id")
    database["messages"].upsert_all(messages, pk=("change", "id"))
    database["votes"].upsert_all(votes, pk=("change", "label", "account"))
    database["reviewers"].upsert_all(reviewers, pk=("change", "place"))
    database["attention"].upsert_all(attention, pk=("change", "account", "kind"))


def comments(get: Get, change: Info) -> list[Info]:
    """Rows of a change's comments."""
    told = get(f"/changes/{quote(change['project'], safe='')}~{change['_number']}/comments")
    return [
        {
            "change": change["_number"], "id": one["id"], "path": path, "line": one.get("line"),
            "patch_set": one["patch_set"], "author": person(one.get("author")), "date": one["updated"],
            "unresolved": one.get("unresolved"), "in_reply_to": one.get("in_reply_to"), "message": one.get("message"),
        }
        for path, those in told.items()
        for one in those
    ]  # fmt: skip


def main() -> None:
    """Collect."""
    way, url, path, *projects = sys.argv[1:]
    get = {"requests": with_requests, "pygerrit2": with_pygerrit2}[way](url)
    database = sqlite_utils.Database(path)
    for project in projects:
        for changes in pages(get, project):
            write(database, changes)
            for change in changes:
                if change.get("total_comment_count") and (rows := comments(get, change)):
                    database["comments"].upsert_all(rows, pk=("change", "id"))


if __name__ == "__main__":
    main()
