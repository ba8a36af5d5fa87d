"""Which server does an address mean that somebody pasted: a change's page, no scheme, a site with Gerrit further down? Pure."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

_PAGES = {
    "a": "a place to sign in or to clone from",
    "c": "a change",
    "q": "a search",
    "x": "a plugin of it",
    "admin": "its list of projects or groups",
    "plugins": "a plugin of it",
    "dashboard": "a dashboard",
    "Documentation": "its documentation",
    "changes": "its data", "projects": "its data", "accounts": "its data", "groups": "its data", "config": "its data",
    "settings": "somebody's settings", "profile": "somebody's profile", "id": "a change",
    "login": "its login page", "logout": "its login page", "register": "its login page",
}  # fmt: skip
"""How pages of a Gerrit begin, below the server's address, and what they are."""

USUAL_PLACES = ("r", "gerrit")
"""Where a Gerrit is that shares its host with another site."""


class Pasted(NamedTuple):
    """Where the server may be, likeliest first, and what was pasted where that is a page of a Gerrit."""

    places: list[str]
    page: str = ""


def read_address(text: str, *, plain: bool = True) -> Pasted:
    """What a pasted address may mean. Unless `plain`, http is only proposed where it was written."""
    text = text.strip().strip("<>\"'")
    scheme, mark, rest = text.partition("://")
    if not mark:
        scheme, rest = "", text.lstrip("/")
    elif scheme.lower() not in ("http", "https"):  # ssh://me@review.example.org:29418/project, git://…
        scheme, rest = "", re.sub(r"^[^@/]*@|:\d+(?=/|$)", "", rest)
    parts = urlsplit(f"//{rest}")
    path, page = _without_page(parts.path)
    if not page and re.match(r"!?/", parts.fragment):  # https://review.example.org/#/c/123/, as before Gerrit 3
        page = _without_page(parts.fragment.lstrip("!"))[1] or "one of its pages"
    places = [f"{scheme.lower() or 'https'}://{parts.netloc}{place}" for place in _paths(path)]
    if not scheme and plain:
        places += [place.replace("https", "http", 1) for place in places]
    elif scheme.lower() == "http":
        places += [place.replace("http", "https", 1) for place in places]
    return Pasted(places, page)


def _without_page(path: str) -> tuple[str, str]:
    """The path before that of a page of Gerrit, and which kind of page it is."""
    names = [name for name in path.split("/") if name]
    for index, name in enumerate(names):
        if name in _PAGES or name.isdigit():
            return "/".join(["", *names[:index]]), _PAGES.get(name, "a change")
    return "/".join(["", *names]), ""


def _paths(path: str) -> list[str]:
    """The path, what it lies in, and the usual places."""
    names = path.split("/")
    above = ["/".join(names[:end]) for end in range(len(names), 0, -1)]
    return list(dict.fromkeys([*above[:3], "", *(f"/{name}" for name in USUAL_PLACES)]))
