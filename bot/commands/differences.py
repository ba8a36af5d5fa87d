"""`plustwo differences`: where the votes in the messages and the server's own footers are not the same."""

import click

from bot.commands.ask import FORMATS, show, with_period_options
from bot.errors import UserError
from bot.main import Invocation
from bot.open import open_for_questions
from collectors.notedb.crosscheck import CLASSES
from reports.differences import COUNTS, LIST
from reports.period import choose
from reports.question import Asked, ask
from reports.scope import find_scope


@click.command("differences", short_help="Cross-check of votes in messages against the server's footers.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--list", "listed", metavar="CLASS", help="List the differences of one class.")
@with_period_options
@click.pass_obj
def command(call: Invocation, /, form: str, listed: str | None, **options: str | int | None) -> None:
    """Count where the votes in the messages and the server's own Label footers are not the same, by kind of difference.

    Without a period: all of history. docs/votes.md explains each class.
    """
    if listed is not None and listed not in CLASSES:
        raise UserError(f"There is no class {listed!r}. Classes: {', '.join(map(repr, CLASSES))}.")
    with open_for_questions(call.config) as connection:
        scope = find_scope(connection, options.pop("team"), options.pop("project"))  # type: ignore[arg-type]
        if not any(options.values()):
            options["since"] = "1970-01-01"
        period = choose("days", call.now, **options)  # type: ignore[arg-type]
        asked = Asked(period.since, period.until, scope, words={"class": listed})
        answer = ask(connection, LIST if listed else COUNTS, asked)
    show(answer, form, call.quiet)
