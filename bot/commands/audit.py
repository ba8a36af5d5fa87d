"""`plustwo audit`: our history of a change's votes beside the server's own state, message by message."""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from bot.config import Loaded, load
from bot.errors import UserError
from bot.main import Invocation
from bot.open import open_for_questions, open_store
from reports.render.cells import many

if TYPE_CHECKING:
    from collectors.gerrit import audit


@click.command("audit", short_help="Compare the history of votes with the server's own state.")
@click.argument("change", required=False)
@click.option(
    "--sample", type=click.IntRange(1), metavar="N", help="N changes at random instead of one, and the agreement."
)
@click.option("--server", help="Only changes of this server.")
@click.pass_obj
def command(call: Invocation, change: str | None, sample: int | None, server: str | None) -> None:
    """Compare our history of votes with the server's own state at every message after which it could be another.

    CHANGE is a number or the address of its page. The server is asked, over REST, for the change as it was right after
    each of those messages. Ends with status 1 where both disagree.
    """
    if (change is None) == (sample is None):
        raise UserError("Name a change, or say --sample N for some at random; not both.")
    loaded = load(call.config)
    known = [one.name for one in loaded.config.gerrit]
    if server and server not in known:
        raise UserError(f"There is no gerrit {server!r} in {call.config}; it has {', '.join(known)}.")
    with open_for_questions(call.config):
        pass  # says that nothing was collected yet, as every question does
    verdicts = _audit(loaded, change, sample, server)
    if verdicts["differs"]:
        raise SystemExit(1)


def _audit(loaded: Loaded, change: str | None, count: int | None, server: str | None) -> Counter[str]:
    from bot.gerrit import conversation
    from collectors.gerrit import audit

    verdicts: Counter[str] = Counter()
    with closing(open_store(loaded)) as connection, ExitStack() as stack:
        servers = {one.name: one for one in loaded.config.gerrit if server in (None, one.name)}
        if count:
            subjects = audit.sample(connection, count, list(servers))
        else:
            found_all = audit.find(connection, _number(change or ""), server)
            subjects = [one for one in found_all if one.server in servers]
        if not subjects:
            raise UserError(f"No change {change} was collected." if change else "No change was collected.")
        if change and len(subjects) > 1:
            names = ", ".join(one.server for one in subjects)
            raise UserError(f"There is a change {change} on each of {names}: say which with --server.")
        talks = {
            name: stack.enter_context(conversation(loaded, servers[name], connection))
            for name in {subject.server for subject in subjects}
        }
        for subject in _with_progress(subjects):
            those = audit.points(connection, subject.change_id)
            told = talks[subject.server].ask(
                lambda gerrit, subject=subject, those=those: audit.states(gerrit, subject, those)  # type: ignore[misc]
            )
            seen = list(audit.compare(connection, subject, those, told))
            found = Counter(one.verdict for one in seen)
            verdicts += found
            if change or found["differs"]:
                _show(subject, seen, everything=bool(change))
    if count:
        _sum_up(len(subjects), verdicts)
    return verdicts


def _with_progress(subjects: "Sequence[audit.Subject]") -> "Iterator[audit.Subject]":
    """The changes, with a bar on a terminal where there are many."""
    if len(subjects) < 5 or not sys.stderr.isatty():
        yield from subjects
        return
    with click.progressbar(subjects, label="Asking the server", file=sys.stderr) as bar:
        yield from bar


def _number(text: str) -> int:
    """The number in `12345`, `project~12345` or the address of a change's page."""
    match = re.fullmatch(r"(?:.*[/~])?([0-9]{1,9})/?", text.partition("?")[0].partition("#")[0])
    if not match:
        raise UserError(f"{text!r} is no change: give its number, or the address of its page.")
    return int(match[1])


def _show(subject: "audit.Subject", seen: "list[audit.Seen]", everything: bool) -> None:
    from collectors.gerrit.audit import VERDICTS

    click.echo(f"{subject.server}: {subject.project} {subject.number}")
    for one in seen:
        if everything or one.verdict == "differs":
            at = datetime.fromtimestamp(one.point.at, UTC).strftime("%Y-%m-%d %H:%M")
            click.echo(f"  {at}  {one.point.who}: {one.point.line[:90]}")
            theirs = "—" if one.theirs is None else _votes(one.theirs)
            both = f"ours {_votes(one.ours)}; the server's {theirs}"
            click.echo(f"      {_votes(one.ours)}  ✓" if one.verdict == "equal" else f"      {one.verdict}: {both}")
    for verdict in sorted({one.verdict for one in seen} - {"equal"}):
        click.echo(f"  {verdict}: {VERDICTS[verdict]}")


def _votes(votes: "audit.Votes") -> str:
    return ", ".join(f"{label}{value:+d} by {who}" for (who, label), value in sorted(votes.items())) or "no votes"


def _sum_up(changes: int, verdicts: Counter[str]) -> None:
    from collectors.gerrit.audit import VERDICTS

    moments = verdicts.total()
    told = moments - verdicts["abandoned"] - verdicts["not told"]
    agreed = told - verdicts["differs"]
    share = f"{agreed / told:.2%}" if told else "—"
    click.echo(
        f"{many(changes, 'change')}, {many(moments, 'moment')}: {agreed} of {told} that the server tells of agree ({share})."
    )
    for verdict, count in verdicts.most_common():
        click.echo(f"  {count:6}  {verdict}: {VERDICTS[verdict]}")
