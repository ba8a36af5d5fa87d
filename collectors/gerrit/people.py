"""Which accounts do the answers about changes tell of, and what do they say of them? Pure."""

from collections.abc import Iterable, Iterator

from collectors.gerrit import answers
from collectors.people import normal_email
from collectors.source import Told

SERVICE_USER = "SERVICE_USER"


def told(account: answers.Account) -> Told | None:
    """What an answer says of an account; None where it does not even say which."""
    if account.number is None:
        return None
    email = normal_email(account.email) if account.email else None
    return Told(
        account.number, (account.name or "").strip() or None, email, account.username or None, account.status or None,
        SERVICE_USER in account.tags, account.inactive,
    )  # fmt: skip


def accounts_of(changes: Iterable[answers.Change]) -> list[Told]:
    """Every account that the changes mention, once."""
    seen: dict[int, Told] = {}
    for change in changes:
        for account in _mentioned(change):
            if account.number not in seen and (one := told(account)):
                seen[one.number] = one
    return list(seen.values())


def _mentioned(change: answers.Change) -> Iterator[answers.Account]:
    yield change.owner
    if change.submitter:
        yield change.submitter
    for message in change.messages:
        if message.author:
            yield message.author
        if message.real_author:
            yield message.real_author
    for update in change.reviewer_updates:
        yield update.reviewer
        if update.updated_by:
            yield update.updated_by
    for attention in (*change.attention_set.values(), *change.removed_from_attention_set.values()):
        yield attention.account
