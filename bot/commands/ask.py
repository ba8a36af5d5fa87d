"""A question of reports/metrics as a command, with the options that every question takes."""

import shutil
import sys
from collections.abc import Callable
from typing import Any

import click

from bot.main import Invocation
from bot.open import open_for_questions
from reports.metrics import definition
from reports.period import choose
from reports.question import Answer, Asked, Question, ask
from reports.scope import find_person, find_scope

FORMATS = ("table", "csv", "json", "markdown")

PERIOD_OPTIONS = (
    click.option("--week", metavar="2026-W20", help="An ISO week, Monday to Sunday, UTC."),
    click.option("--since", metavar="DATE", help="First day or moment, UTC."),
    click.option("--until", metavar="DATE", help="First day or moment after the period, UTC; now by default."),
    click.option("--days", type=int, metavar="N", help="The N days before --until."),
    click.option("--team", help="Only the projects of this team."),
    click.option("--project", help="Only this project: full name, last part, or a glob."),
)


def with_period_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options for the period and the projects."""
    for option in reversed(PERIOD_OPTIONS):
        function = option(function)
    return function


def command_for(question: Question) -> click.Command:
    """The command that asks a question and prints the answer."""

    @click.pass_obj
    def run(call: Invocation, /, form: str, on: str | None = None, **options: Any) -> None:
        with open_for_questions(call.config) as connection:
            scope = find_scope(connection, options.pop("team"), options.pop("project"))
            period = choose(question.period, call.now, **options)
            person = find_person(connection, on)[0] if on is not None else None
            answer = ask(connection, question, Asked(period.since, period.until, scope, person))
        show(answer, form, call.quiet)

    run = click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)(run)
    if question.takes_person:
        run = click.option(
            "--on", metavar="PERSON", help="Only what waits on this person (name, address or account id)."
        )(run)
    text = f"{question.title}.\n\n{definition(question)}"
    default = "now" if question.moment else "the last whole week" if question.period == "week" else "the last 30 days"
    return click.command(
        question.name.replace("_", "-"), help=f"{text}\n\nWithout a period: {default}.", short_help=f"{question.title}."
    )(with_period_options(run))


def show(answer: Answer, form: str, quiet: bool) -> None:
    """Print an answer. CSV and JSON have no room for what a reader must know besides: it goes to the terminal."""
    click.echo(render(answer, form, quiet), nl=False)
    if form in ("csv", "json"):
        for note in answer.notes:
            click.echo(f"plustwo: {note}", err=True)


def render(answer: Answer, form: str, quiet: bool = False) -> str:
    """The answer in a format; a table is fitted to the terminal, and coloured, only where there is one."""
    if form == "csv":
        from reports.render.csv import render as to_csv

        return to_csv(answer)
    if form == "json":
        from reports.render.json import render as to_json

        return to_json(answer)
    if form == "markdown":
        from reports.render.markdown import render as to_markdown

        return to_markdown(answer)
    from reports.render.table import render as to_table

    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else None
    return to_table(answer, width, colour=terminal, definitions=not quiet)
