"""`plustwo dashboard`: static pages that open from disk, for a team lead who keeps them open."""

import sys
from pathlib import Path

import click

from bot.errors import UserError
from bot.main import Invocation
from bot.open import open_for_questions
from reports.period import DAY, parse_moment
from reports.scope import find_scope


@click.command("dashboard", short_help="Pages with figures, into a folder.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--weeks", type=click.IntRange(1, 520), default=26, show_default=True, help="Whole ISO weeks to show.")
@click.option("--until", metavar="DATE", help="The moment the pages speak of, UTC; the beginning of today by default.")
@click.option("--team", help="Only this team, its projects and its people.")
@click.pass_obj
def command(call: Invocation, folder: Path, weeks: int, until: str | None, team: str | None) -> None:
    """Write pages with figures and tables into DIR: the community, each team, each project, each person.

    Figures show whole ISO weeks (Monday to Sunday, UTC), the last --weeks of them before --until; a week that is still
    running is not drawn. What waits is shown as at --until, and people's counts are of the 30, 90 and 180 days before it.
    The same database and the same --until give the same files, byte for byte.

    The pages need no server and load nothing from elsewhere: open DIR/index.html. DIR is made, or made anew where an earlier
    run made it; files in it that are not of this command are left alone.
    """
    from reports.dashboard.site import build
    from reports.dashboard.writer import NotOurs, check, write

    moment = call.now // DAY * DAY if until is None else parse_moment(until)
    try:
        check(folder)
        with open_for_questions(call.config) as connection:
            content = build(connection, find_scope(connection, team, None), moment, weeks)
        write(folder, content)
    except NotOurs as problem:
        raise UserError(str(problem)) from None
    except OSError as problem:
        raise UserError(f"{folder} cannot be written: {problem.strerror}.") from None
    pages = sum(name.endswith(".html") for name in content)
    if not call.quiet:
        click.echo(f"{pages} pages. Open {(folder / 'index.html').resolve().as_uri()}", file=sys.stdout)
