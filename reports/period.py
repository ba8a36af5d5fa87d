"""Periods: half-open, UTC, in epoch seconds; read from and written as a person writes them. Pure."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple


class BadPeriod(Exception):
    """A date, time, week or combination of them that cannot be meant; the text says why."""


class Period(NamedTuple):
    """[since, until), epoch seconds UTC."""

    since: int
    until: int


DAY = 86400


def parse_moment(text: str) -> int:
    """`2026-05-11`, `2026-05-11T08:00`, with or without seconds and zone (without one: UTC), as epoch seconds."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadPeriod(
            f"{text!r} is no date; write one like 2026-05-11 or a time like 2026-05-11T08:00 (UTC)."
        ) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def parse_week(text: str) -> Period:
    """An ISO week like `2026-W20`: Monday 00:00 UTC to the next Monday."""
    match = re.fullmatch(r"(\d{4})-?W(\d{1,2})", text.strip(), re.IGNORECASE)
    try:
        if not match:
            raise ValueError
        monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError:
        raise BadPeriod(f"{text!r} is no week; write one like 2026-W20.") from None
    since = int(datetime(monday.year, monday.month, monday.day, tzinfo=UTC).timestamp())
    return Period(since, since + 7 * DAY)


def last_week(now: int) -> Period:
    """The last whole ISO week before `now`."""
    today = datetime.fromtimestamp(now, UTC).date()
    monday = today - timedelta(days=today.weekday())
    until = int(datetime(monday.year, monday.month, monday.day, tzinfo=UTC).timestamp())
    return Period(until - 7 * DAY, until)


def choose(
    default: str,
    now: int,
    *,
    week: str | None = None,
    days: int | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Period:
    """The period asked for. `default` is week (the last whole one) or days (the 30 before `until`)."""
    if week is not None:
        if days is not None or since is not None or until is not None:
            raise BadPeriod("--week already says from when to when; leave out --days, --since and --until.")
        return parse_week(week)
    if days is not None and since is not None:
        raise BadPeriod("--days counts back from --until, so it cannot go with --since.")
    if days is not None and days < 1:
        raise BadPeriod(f"--days should be 1 or more, it is {days}.")
    if default == "week" and days is None and since is None:
        end = now if until is None else parse_moment(until)
        return last_week(now) if until is None else Period(end - 7 * DAY, end)
    end = now if until is None else parse_moment(until)
    start = end - (days or 30) * DAY if since is None else parse_moment(since)
    if start >= end:
        raise BadPeriod(f"The period is empty: it would run from {iso(start)} to {iso(end)}.")
    return Period(start, end)


def iso(at: int) -> str:
    """`2026-05-11T00:00:00Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(at: int) -> str:
    """`2026-05-11 08:00 UTC`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def day(at: int) -> str:
    """`2026-05-11`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def week_name(at: int) -> str:
    """ISO week of a moment, `2026-W20`."""
    year, week, _ = datetime.fromtimestamp(at, UTC).isocalendar()
    return f"{year}-W{week:02d}"


def words(since: int, until: int) -> str:
    """The period for a title: whole days as `2026-05-11 to 2026-05-17` (both included), a whole ISO week with its name."""
    if since <= 0:
        return f"all of history up to {day(until - 1)}"
    if since % DAY or until % DAY:
        return f"{moment(since).removesuffix(' UTC')} to {moment(until)}"
    span = f"{day(since)} to {day(until - 1)}"
    if until - since == 7 * DAY and datetime.fromtimestamp(since, UTC).weekday() == 0:
        return f"week {week_name(since)}, {span}"
    return span
