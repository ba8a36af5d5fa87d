"""Fetch all that a server tells of some changes: messages, labels, reviewers, and comments where their number moved."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import msgspec

from collectors.gerrit import answers
from collectors.gerrit.answers import epoch
from collectors.gerrit.change import untold_patch_sets
from collectors.gerrit.client import Gerrit, quoted
from collectors.gerrit.events import MOVED
from collectors.gerrit.options import CHANGE, REVISIONS, ask_changes, numbered
from collectors.gerrit.problems import BadRequest, Busy, Forbidden, NotFound, RestError, TooLarge, Unexpected
from collectors.gerrit.spoken import number_of
from collectors.messages.conversation import Remark
from collectors.source import TRY_AGAIN, Held

AT_ONCE = 50
"""Changes asked for in one request."""

T = TypeVar("T")


class Wanted(NamedTuple):
    """A change to be fetched, and what is held of it."""

    number: int
    project: str
    tip: str
    held: Held | None


class Unread(NamedTuple):
    """What could not be read of a change: what of it, why, and the tip it is to be tried again after."""

    number: int
    what: str
    reason: str
    tip: str


@dataclass(slots=True)
class Details:
    """What a server told of some changes, by number. `kept` are changes whose comments are still those that are held.

    `moves`: by change and message id, (voter, label) of votes that ended as the change moved to another branch.
    """

    changes: dict[int, answers.Change] = field(default_factory=dict)
    remarks: dict[int, list[Remark]] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)
    moves: dict[int, dict[str, list[tuple[int | None, str]]]] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)


async def fetch_details(gerrit: Gerrit, wanted: Sequence[Wanted]) -> Details:
    """All that is told of the changes. Raises RestError where the server does not answer."""
    details = Details()
    parts = [wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE)]
    await _all(_part(gerrit, part, details) for part in parts)
    return details


async def _all(coroutines: "Iterable[asyncio._CoroutineLike[T]]") -> list[T]:
    """Like gather, but where one fails the others are not left running. Raises what the first that failed raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in coroutines]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


async def _part(gerrit: Gerrit, wanted: Sequence[Wanted], details: Details) -> None:
    try:
        raws = await ask_changes(gerrit, numbered(one.number for one in wanted), len(wanted), CHANGE)
    except Busy as problem:
        if problem.status != 500:
            raise
        await _halves(gerrit, wanted, details, problem)
        return
    told = _decoded(raws, wanted, details)
    for one in wanted:
        if one.number not in told and not any(unread.number == one.number for unread in details.unread):
            reason = "the server lists it and does not tell of it: perhaps a commit of it is lost"
            details.unread.append(Unread(one.number, one.tip, reason, TRY_AGAIN))
    await _revisions(gerrit, told)
    await _all(_rest(gerrit, one, told[one.number], details) for one in wanted if one.number in told)
    details.changes.update(told)


async def _halves(gerrit: Gerrit, wanted: Sequence[Wanted], details: Details, problem: Busy) -> None:
    """One change that the server cannot tell of spoils the whole answer: find out which."""
    if len(wanted) == 1:
        one = wanted[0]
        details.unread.append(Unread(one.number, one.tip, f"the server fails on it: {problem}", TRY_AGAIN))
        return
    middle = len(wanted) // 2
    await _part(gerrit, wanted[:middle], details)
    await _part(gerrit, wanted[middle:], details)


_change = msgspec.json.Decoder(answers.Change)
_number = msgspec.json.Decoder(answers.Numbered)


def _decoded(raws: Iterable[msgspec.Raw], wanted: Sequence[Wanted], details: Details) -> dict[int, answers.Change]:
    """The changes that can be read; the rest is put aside."""
    tips = {one.number: one.tip for one in wanted}
    told: dict[int, answers.Change] = {}
    for raw in raws:
        try:
            change = _change.decode(raw)
        except msgspec.MsgspecError as problem:
            try:
                number = _number.decode(raw).number
            except msgspec.MsgspecError:
                continue  # it is missed below, by its number
            details.unread.append(Unread(number, tips.get(number, ""), f"its answer: {problem}", tips.get(number, "")))
        else:
            if change.number in tips:
                told[change.number] = change
    return told


async def _revisions(gerrit: Gerrit, told: dict[int, answers.Change]) -> None:
    """Ask for the revisions of changes some of whose patch sets came without a message.

    Where one of its commits is lost the server leaves the change out: then the messages have to do.
    """
    untold = [number for number, change in told.items() if untold_patch_sets(change)]
    if not untold:
        return
    try:
        raws = await ask_changes(gerrit, numbered(untold), len(untold), REVISIONS)
    except RestError as problem:
        if not _is_about_it(problem):
            raise
        return
    for raw in raws:
        try:
            found = _revised.decode(raw)
        except msgspec.MsgspecError:
            continue
        if found.number in told:
            told[found.number].revisions = found.revisions


class _Revised(msgspec.Struct):
    number: answers.Number = msgspec.field(name="_number")
    revisions: dict[str, answers.Revision] = {}


_revised = msgspec.json.Decoder(_Revised)


async def _rest(gerrit: Gerrit, wanted: Wanted, change: answers.Change, details: Details) -> None:
    """Comments, and what moving to another branch did to votes."""
    place = f"/changes/{quoted(change.project)}~{change.number}"
    moves = {
        message.id: gone
        for message in change.messages
        if MOVED.match(message.message) and (gone := await _dropped(gerrit, place, message.id, change)) is not None
    }
    if moves:
        details.moves[change.number] = moves
    if not change.total_comment_count:
        return
    held = wanted.held
    if (
        held
        and held.comments == change.total_comment_count
        and any(message.id == held.last_message for message in change.messages)
    ):
        details.kept.add(change.number)
        return
    try:
        paths = await gerrit.get(f"{place}/comments", (), dict[str, list[msgspec.Raw]])
    except RestError as problem:
        if not _is_about_it(problem):
            raise
        details.unread.append(Unread(change.number, f"{wanted.tip} comments", str(problem), TRY_AGAIN))
        if held:  # those that are held stay
            details.kept.add(change.number)
        return
    details.remarks[change.number] = list(
        {(one.patch_set, one.uuid): one for one in _remarks(paths, wanted, details)}.values()
    )


def _is_about_it(problem: RestError) -> bool:
    """Whether a request failed because of the one change it is about, so that the others can be gone on with."""
    about_it = isinstance(problem, NotFound | Forbidden | BadRequest | TooLarge | Unexpected)
    return about_it or (isinstance(problem, Busy) and problem.status == 500)


_comment = msgspec.json.Decoder(answers.Comment)


def _remarks(paths: dict[str, list[msgspec.Raw]], wanted: Wanted, details: Details) -> Iterator[Remark]:
    for path, raws in paths.items():
        for raw in raws:
            try:
                one = _comment.decode(raw)
                at = epoch(one.updated)
                if one.author.number is None:
                    raise ValueError("it has no author")
            except (msgspec.MsgspecError, ValueError) as problem:
                what = f"{wanted.tip} comment on {path[:80]}"
                details.unread.append(Unread(wanted.number, what, f"a comment: {problem}", wanted.tip))
            else:
                yield Remark(
                    one.id, path, one.patch_set, one.author.number, at, one.message, one.line or None, one.in_reply_to,
                    one.unresolved,
                )  # fmt: skip


async def _dropped(
    gerrit: Gerrit, place: str, message: str, change: answers.Change
) -> list[tuple[int | None, str]] | None:
    """Which votes no longer stood right after a message: of all who wrote anything, with each label there was then."""
    try:
        then = await gerrit.get(place, [("meta", message), ("o", "DETAILED_LABELS")], answers.Labelled)
    except RestError as problem:
        if not _is_about_it(problem):
            raise
        return None
    standing = {
        (approval.number, label) for label, info in then.labels.items() for approval in info.all if approval.value
    }
    people = {number_of(one.author) for one in change.messages}
    return [(who, label) for label in then.labels for who in people if (who, label) not in standing]
