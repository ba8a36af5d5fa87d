"""Which projects do names and globs mean that somebody wrote, and which might have been meant? Pure."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

NO_PROJECTS = frozenset({"All-Projects", "All-Users"})
"""What every server lists among its projects, and nobody makes changes in."""


def choose_projects(asked: Iterable[str], there: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """The projects that names and globs mean; and, for each that means none, names it is near to."""
    found: dict[str, None] = {}
    missing = {}
    for name in asked:
        meant = [one for one in there if one == name or (is_glob(name) and fnmatchcase(one, name))]
        found.update(dict.fromkeys(meant))
        if not meant:
            missing[name] = near(name, there)
    return list(found), missing


def is_glob(name: str) -> bool:
    """Whether it is a pattern for names."""
    return bool(set("*?[") & set(name))


def near(name: str, there: Sequence[str], most: int = 4) -> list[str]:
    """Names much like this one, best first: those that hold its last part, then those spelled alike."""
    word = re.sub(r"[*?\[\]]+", "", name.removesuffix(".git")).casefold()
    last = word.rstrip("/-").rpartition("/")[2]
    holding = sorted((one for one in there if last and last in one.casefold()), key=len)
    whole = {one.casefold(): one for one in there}
    parts = {one.casefold().rpartition("/")[2]: one for one in there}
    alike = [whole[one] for one in get_close_matches(word, whole, most, 0.6)]
    alike += [parts[one] for one in get_close_matches(last, parts, most, 0.7)]
    return list(dict.fromkeys([*holding[:most], *alike]))[:most]
