"""How do files get into the folder, so that a reader never sees half a page and nothing of others' is touched?

Each file is written beside its place and moved there. A manifest lists what is ours: before anything is written it
lists the old and the new files, afterwards the new ones, so an interrupted run leaves nothing that is nobody's.
"""

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

MANIFEST = ".plustwo-dashboard.json"
UNFINISHED = ".plustwo-unfinished"
"""End of the name of a file that is still being written."""


class NotOurs(Exception):
    """The folder, or a file in it, was not made by a dashboard; the text says which and what to do."""


def check(folder: Path) -> frozenset[str]:
    """The files of ours in a folder. Raises NotOurs where it holds others' files and none of a dashboard."""
    if not folder.exists():
        return frozenset()
    if not folder.is_dir():
        raise NotOurs(f"{folder} is no folder; name a new or empty one.")
    manifest = folder / MANIFEST
    if not manifest.exists():
        if any(not path.name.endswith(UNFINISHED) for path in folder.iterdir()):
            raise NotOurs(f"{folder} is not empty and was not made by plustwo dashboard; name a new or empty folder.")
        return frozenset()
    try:
        names = json.loads(manifest.read_text(encoding="utf-8"))["files"]
        if not isinstance(names, list) or not all(isinstance(name, str) and _inside(name) for name in names):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise NotOurs(f"{manifest} does not list the files of a dashboard; name a new or empty folder.") from None
    return frozenset(names)


def write(folder: Path, content: Mapping[str, str]) -> None:
    """Make the folder hold exactly this content, besides files that are not ours. Raises NotOurs."""
    old = check(folder)
    for name in content:
        if name not in old and (folder / name).exists():
            raise NotOurs(f"{folder / name} was not made by plustwo dashboard; move it away or name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    _write_manifest(folder, old | content.keys())
    for name in sorted(content, key=lambda name: (name.endswith(".html"), name == "index.html", name)):
        _put(folder / name, content[name])
    for name in sorted(old - content.keys()):
        _remove(folder, name)
    _write_manifest(folder, frozenset(content))


def _write_manifest(folder: Path, names: frozenset[str] | set[str]) -> None:
    _put(folder / MANIFEST, json.dumps({"made by": "plustwo dashboard", "files": sorted(names)}, indent=0) + "\n")


def _put(path: Path, text: str) -> None:
    data = text.encode("utf-8")
    if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}{UNFINISHED}")
    beside.write_bytes(data)
    beside.replace(path)


def _remove(folder: Path, name: str) -> None:
    """Remove a file of ours, and the folders that it leaves empty."""
    path = folder / name
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}{UNFINISHED}").unlink(missing_ok=True)
    for parent in path.relative_to(folder).parents:
        place = folder / parent
        if parent == Path() or not place.is_dir() or any(place.iterdir()):
            return
        place.rmdir()


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\\" not in name
