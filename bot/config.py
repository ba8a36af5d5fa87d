"""Read config.toml: what to watch and who is who. Every problem is found and named, not only the first.

Secrets never stand in the file: a setting that needs one holds the name of an environment variable.
"""

import difflib
import re
import tomllib
import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bot.errors import UserError
from collectors.gerrit.choice import is_glob
from collectors.messages.first_line import ALIASES
from collectors.messages.speech import RECHECK
from collectors.rules import LABELS, Labels


class CoreMember(msgspec.Struct, forbid_unknown_fields=True):
    """A core member with dates; `since` is the first day, `until` the first day after, both UTC and both optional."""

    who: str | int
    since: date | None = None
    until: date | None = None


class GerritServer(msgspec.Struct, forbid_unknown_fields=True):
    """A Gerrit server. Only `url` and `projects` have to be given; docs/configuration.md says what each means.

    `via` says how it is read; with "git", `git` says where from ({project} and {name} filled in).
    """

    url: str
    name: str = ""
    via: str = ""
    git: str = ""
    user: str = ""
    password_env: str = ""
    token_env: str = ""
    netrc: str = ""
    cookies: str = ""
    ca: str = ""
    connections: int = 2
    requests_per_day: int = 0
    since: date | None = None
    accounts: str = ""
    projects: list[str] = []
    bots: list[str | int] = []


class TeamSettings(msgspec.Struct, forbid_unknown_fields=True):
    """A team: its projects (names or globs) and its core members (account ids, addresses, group names)."""

    name: str
    projects: list[str]
    core: list[str | int | CoreMember] = []


class RuleSettings(msgspec.Struct, forbid_unknown_fields=True):
    """How records are read: `recheck` matches a whole text; `show_private` puts private changes into answers."""

    recheck: str = RECHECK
    show_private: bool = False


class LabelSettings(msgspec.Struct, forbid_unknown_fields=True):
    """What votes mean, by the label they are on: a judgement, permission to merge, or the word of CI."""

    review: list[str] = msgspec.field(default_factory=lambda: list(LABELS.review))
    approval: list[str] = msgspec.field(default_factory=lambda: list(LABELS.approval))
    ci: list[str] = msgspec.field(default_factory=lambda: list(LABELS.ci))

    @property
    def roles(self) -> Labels:
        """As the collectors take it."""
        return Labels(tuple(self.review), tuple(self.approval), tuple(self.ci))


class Config(msgspec.Struct, forbid_unknown_fields=True):
    """config.toml."""

    database: str = "plustwo.sqlite"
    cache: str = ""
    contact: str = ""
    gerrit: list[GerritServer] = []
    team: list[TeamSettings] = []
    rules: RuleSettings = msgspec.field(default_factory=RuleSettings)
    labels: LabelSettings = msgspec.field(default_factory=LabelSettings)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration and the file it came from; every path in it is relative to that file."""

    path: Path
    config: Config

    def resolve(self, name: str) -> Path:
        """The file a setting names. Raises UserError for the home of somebody who is not known."""
        try:
            return (self.path.parent / Path(name).expanduser()).resolve()
        except RuntimeError:
            raise UserError(f"{self.path} names {name}, and there is no such home directory.") from None

    @property
    def database(self) -> Path:
        """Where the SQLite file is."""
        return self.resolve(self.config.database)

    @property
    def cache(self) -> Path:
        """Where bare repositories of what is fetched are kept: beside the database unless set."""
        return self.resolve(self.config.cache) if self.config.cache else self.database.with_suffix(".git-cache")

    def git_location(self, server: GerritServer, project: str) -> str:
        """Where a project's record is read from: a URL as it is, a path made absolute."""
        location = (server.git or f"{server.url}/{{project}}").replace("{project}", project)
        location = location.replace("{name}", project.rpartition("/")[2])
        return location if is_url(location) else str(self.resolve(location))


def is_url(location: str) -> bool:
    """Whether git would go over the network (or ssh) for it; `user@host:path` counts."""
    return bool(re.match(r"[a-z+]+://|[\w.-]+@[\w.-]+:", location))


def load(path: Path) -> Loaded:
    """The configuration at `path`. Raises UserError naming every problem in it."""
    loaded, problems = examine(path)
    if loaded is None or problems:
        raise UserError(f"{path} has {_count(len(problems))}:\n" + "\n".join(f"  {problem}" for problem in problems))
    return loaded


def examine(path: Path) -> tuple[Loaded | None, list[str]]:
    """The configuration if it can be read at all, and every problem in it, each a sentence that starts with its place."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise UserError(f"There is no {path}. Name a configuration with --config FILE; examples/ has some.") from None
    except OSError as problem:
        raise UserError(f"{path} cannot be read: {problem.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        return None, [f"it is no TOML: {problem}"]
    problems = list(_shape_problems(raw, Config, ""))
    if problems:
        return None, problems
    config = msgspec.convert(raw, Config)
    for server in config.gerrit:
        server.name = server.name or default_name(server.url)
        server.via = server.via or ("git" if server.git else "rest")
    return Loaded(path.resolve(), config), list(_sense_problems(config))


def _count(number: int) -> str:
    return "a problem" if number == 1 else f"{number} problems"


def _shape_problems(raw: dict[str, Any], struct: type[msgspec.Struct], place: str) -> typing.Iterator[str]:
    """Unknown keys, missing keys and wrong types, all of them, each with its path in the file."""
    fields = {field.name: field for field in msgspec.structs.fields(struct)}
    for key, value in raw.items():
        path = f"{place}{key}"
        if key not in fields:
            near = difflib.get_close_matches(key, fields, 1, 0.5)
            known = f"did you mean {near[0]}?" if near else f"known here: {', '.join(fields)}."
            yield f"{path} is no setting; {known}"
            continue
        inner = _struct_of_list(fields[key].type)
        if (
            isinstance(fields[key].type, type)
            and issubclass(fields[key].type, msgspec.Struct)
            and isinstance(value, dict)
        ):
            yield from _shape_problems(value, fields[key].type, f"{path}.")
        elif inner and isinstance(value, list) and all(isinstance(one, dict) for one in value):
            for number, one in enumerate(value, 1):
                label = one.get("name")
                where = f'{path} "{label}"' if isinstance(label, str) else f"{path} number {number}"
                yield from _shape_problems(one, inner, f"{where}: ")
        else:
            try:
                msgspec.convert(value, fields[key].type)
            except msgspec.ValidationError as problem:
                yield f"{path}: {str(problem).partition(' - at')[0].lower()}, it is {value!r}."
    for name, field in fields.items():
        if field.required and name not in raw:
            yield f"{place}{name} is missing."


def _struct_of_list(kind: Any) -> type[msgspec.Struct] | None:
    if isinstance(kind, types.GenericAlias) and kind.__origin__ is list:
        inner = kind.__args__[0]
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            return inner
    return None


def _sense_problems(config: Config) -> typing.Iterator[str]:
    """What has the right form and still cannot be meant."""
    try:
        re.compile(config.rules.recheck)
    except re.error as problem:
        yield f"rules.recheck is no regular expression: {problem}."
    yield from _label_problems(config.labels.roles)
    if not config.gerrit:
        yield "gerrit is missing: nothing to watch. Add a [[gerrit]] with name, url and projects."
    yield from _doubles("gerrit", [server.name for server in config.gerrit])
    yield from _doubles("team", [team.name for team in config.team])
    for team in config.team:
        yield from _team_problems(team)
    for server in config.gerrit:
        place = f'gerrit "{server.name}"'
        if not re.fullmatch(r"[\w.-]+", server.name):
            yield f"{place}: name should be letters, digits, dots and dashes only."
        if not re.match(r"https?://[^/]", server.url):
            yield f"{place}: url should be the address of its web pages, like https://review.example.org, it is {server.url!r}."
        if server.via not in ("git", "rest"):
            yield f'{place}: via should be "rest" or "git", it is {server.via!r}.'
        yield from access_problems(place, server)
        if re.match(r"[a-z+]+://[^/@]*:[^/@]*@", server.git):
            yield f"{place}: git has a password in it; let git keep it instead (git help credentials)."
        for unknown in sorted(set(re.findall(r"{[^{}]*}", server.git)) - {"{project}", "{name}"}):
            yield f"{place}: git has {unknown}; it may have {{project}} (the full name) and {{name}} (its last part)."
        if not server.projects:
            yield f"{place}: projects is empty, so nothing of it is watched."
        if (
            server.git
            and len(server.projects) > 1
            and not {"{project}", "{name}"} & set(re.findall(r"{\w+}", server.git))
        ):
            yield f"{place}: git is the same place for all of its projects; put {{project}} or {{name}} into it."
        yield from _doubles(f"{place}: project", server.projects)
        for pattern in server.projects:
            if is_glob(pattern) and server.via == "git":
                yield (
                    f"{place}: projects takes full names, {pattern!r} is a pattern: git does not tell which projects there are "
                    '(patterns work with via = "rest", and in a team\'s projects).'
                )


def access_problems(place: str, server: GerritServer) -> typing.Iterator[str]:
    """Why the settings for signing in to a server cannot be meant."""
    ways = [name for name in ("password_env", "token_env", "netrc", "cookies") if getattr(server, name)]
    if len(ways) > 1:
        yield f"{place}: {' and '.join(ways)} are both set; one way to sign in is enough."
    if server.password_env and not server.user:
        yield f"{place}: password_env is set and user is not."
    if server.user and not server.password_env:
        yield f"{place}: user is set and password_env, the environment variable with the password, is not."
    for name in ("password_env", "token_env"):
        value = getattr(server, name)
        if value and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
            yield f"{place}: {name} should be the name of an environment variable; what is there now may be the secret itself."
    if re.match(r"[a-z+]+://[^/]*@", server.url):
        yield f"{place}: url has a user or a password in it; user and password_env are for that."
    if (ways or server.user) and server.url.startswith("http:") and not _is_here(server.url):
        yield f"{place}: url begins with http, so what signs you in would go over the network unencrypted; use https."
    if not 1 <= server.connections <= 16:
        yield f"{place}: connections should be from 1 to 16, it is {server.connections}."
    if server.requests_per_day < 0:
        yield f"{place}: requests_per_day should be 0 (no limit) or more, it is {server.requests_per_day}."


def _is_here(url: str) -> bool:
    """Whether an address is of this machine."""
    return _host(url) in ("localhost", "127.0.0.1", "::1")


def default_name(url: str) -> str:
    """What a server is called where nobody named it: its host, with the port if that is an unusual one."""
    try:
        parts = urlsplit(url)
        port = f"-{parts.port}" if parts.port and parts.port not in (80, 443) else ""
    except ValueError:
        return "gerrit"
    return f"{(parts.hostname or 'gerrit').replace(':', '.')}{port}"


def _host(url: str) -> str:
    """The host in an address; empty where it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _label_problems(labels: Labels) -> typing.Iterator[str]:
    if not labels.review:
        yield "labels.review is empty, so that no vote would be a review; name at least one label."
    roles: dict[str, list[str]] = {}
    for role, names in labels._asdict().items():
        yield from _doubles(f"labels.{role}:", names)
        for name in dict.fromkeys(names):
            roles.setdefault(name, []).append(role)
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", name):
                yield f"labels.{role} has {name!r}, which is no label: a label is letters, digits and dashes, without a value."
            elif name in ALIASES:
                yield f"labels.{role} has {name!r}, an old name: votes on it are kept as {ALIASES[name]}, so name that."
    for name, several in roles.items():
        if len(several) > 1:
            yield f'labels has "{name}" in {" and ".join(several)}; a label means one thing.'


def _team_problems(team: TeamSettings) -> typing.Iterator[str]:
    place = f'team "{team.name}"'
    if not team.name.strip():
        yield "team: name is empty."
    for member in team.core:
        if isinstance(member, CoreMember) and member.since and member.until and member.since >= member.until:
            yield f"{place}: core has {member.who} until {member.until}, which is not after {member.since}."


def _doubles(what: str, names: Sequence[str]) -> typing.Iterator[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f'{what} "{name}" is there {names.count(name)} times.'


def epoch(day: date | None) -> int | None:
    """Epoch seconds of the beginning of a day, UTC."""
    return None if day is None else int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
