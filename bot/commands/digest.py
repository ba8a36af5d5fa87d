"""`plustwo digest`: the week in a page, for a terminal, as Markdown, or as the Slack message it would be."""

import shutil
import sys

import click

from bot.commands.ask import FORMATS, render, with_period_options
from bot.main import Invocation
from bot.open import open_for_questions
from reports.digest import as_answer, build_digest
from reports.period import choose
from reports.question import Asked
from reports.scope import find_scope


@click.command("digest", short_help="The week in a page.")
@click.option("--format", "form", type=click.Choice([*FORMATS, "slack"]), default="table", show_default=True)
@with_period_options
@click.pass_obj
def command(call: Invocation, /, form: str, **options: str | int | None) -> None:
    """The week in a page: what merged, who is new, which newcomers wait, thanks to reviewers, what waits longest.

    Without a period: the last whole week, Monday to Sunday, UTC. `--format slack` prints the message that would be posted.
    """
    with open_for_questions(call.config) as connection:
        scope = find_scope(connection, options.pop("team"), options.pop("project"))  # type: ignore[arg-type]
        period = choose("week", call.now, **options)  # type: ignore[arg-type]
        digest = build_digest(connection, Asked(period.since, period.until, scope))
    if form == "slack":
        from reports.render.slack import render as to_slack

        text = to_slack(digest)
    elif form in ("csv", "json"):
        text = render(as_answer(digest), form)
    else:
        from reports.render.digest import to_markdown, to_text

        width = min(shutil.get_terminal_size().columns, 110) if sys.stdout.isatty() else 100
        text = to_markdown(digest) if form == "markdown" else to_text(digest, width)
    click.echo(text, nl=False)
