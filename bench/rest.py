"""How fast is collecting over REST, and whose time is it? Beside a plain loop, measured in one run.

    make bench REST="--recorded DIR"                   DIR holds recorded communities, as PLUSTWO_RECORDED names it
    make bench REST="--url URL --projects NAME..."     against a Gerrit that runs

1. The client's side alone: recorded answers, played from memory by a server on loopback (tests/replay.py).
2. A real Gerrit: the one at --url, or with --gerrit one that is made of the recorded community (make gerrit fetches it).
3. A poll with nothing new.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
COMMUNITY, PREFIX = "openbmc", "openbmc"
PAST = 3
"""How many times as long the longer history is."""

PLUSTWO = """
import json, sys, threading, time

from bot.main import main

requests, under_way, since, busy = 0, 0, 0.0, 0.0


def watch():
    from collectors.gerrit import client

    send, read = client.Gerrit._send, client.read_body
    asked = set()  # requests whose answer has not come to its end

    def ended(one):
        global busy
        if one in asked:
            asked.discard(one)
            if not asked:
                busy += time.perf_counter() - since

    async def sending(self, *given):
        global requests, since
        import asyncio

        one = asyncio.current_task()
        requests += 1
        if not asked:
            since = time.perf_counter()
        asked.add(one)
        try:
            return await send(self, *given)
        finally:
            ended(one)

    async def reading(*given):
        import asyncio

        body = await read(*given)
        ended(asyncio.current_task())
        return body

    client.Gerrit._send, client.read_body = sending, reading


if sys.argv[1] == "watched":
    watch()
try:
    main(["--config", sys.argv[2], "--quiet", "collect"])
except SystemExit as end:
    if end.code:
        raise
print(json.dumps({"requests": requests, "busy": busy}))
"""
"""`plustwo collect`; watched, it says in how many seconds of its life at least one request was under way."""


START = "import bot.main, bot.commands.collect, bot.servers"
"""All that a poll imports."""


@dataclass
class Used:
    """What a program took: seconds, seconds of the processor, megabytes at most; and what it printed."""

    wall: float
    cpu: float
    peak: float
    said: str


def measured(command: Sequence[object]) -> Used:
    """Run a program from a cold start."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = time.perf_counter()
        words = [str(word) for word in command]
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        process = subprocess.Popen(words, stdout=out, stderr=err, cwd=ROOT, env=kept)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            sys.exit(f"{' '.join(map(str, command[:3]))} … ended with {process.returncode}:\n{err.read()[-3000:]}")
        peak = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1048576)
        return Used(wall, usage.ru_utime + usage.ru_stime, peak, out.read())


def plustwo(folder: Path, watched: bool = False, fresh: bool = True) -> Used:
    """`plustwo collect` with the configuration in `folder`, into a new database if `fresh`."""
    if fresh:
        for file in folder.glob("bench.sqlite*"):
            file.unlink()
    return measured([sys.executable, "-c", PLUSTWO, "watched" if watched else "alone", folder / "bench.toml"])


def plain(folder: Path, way: str, url: str, projects: Sequence[str]) -> Used:
    """The plain loop, into a new database."""
    database = folder / "plain.sqlite"
    database.unlink(missing_ok=True)
    return measured([sys.executable, ROOT / "bench/plain.py", way, url, database, *projects])


def configured(folder: Path, url: str, projects: Sequence[str]) -> Path:
    """A folder with a configuration."""
    folder.mkdir(exist_ok=True)
    lines = [
        'database = "bench.sqlite"',
        "[[gerrit]]",
        'name = "bench"',
        f'url = "{url}"',
        f"projects = {json.dumps(projects)}",
    ]
    (folder / "bench.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def best(repeat: int, *actions: Callable[[], Used]) -> list[Used]:
    """Each action's fastest run; they take turns, so that a machine that is busy for a while is busy for all."""
    runs: list[list[Used]] = [[] for _ in actions]
    for _ in range(repeat):
        for found, action in zip(runs, actions, strict=True):
            found.append(action())
    return [
        Used(
            min(one.wall for one in those),
            min(one.cpu for one in those),
            max(one.peak for one in those),
            those[-1].said,
        )
        for those in runs
    ]


def count(folder: Path) -> int:
    """Changes in the database."""
    import sqlite3

    connection = sqlite3.connect(folder / "bench.sqlite")
    return int(connection.execute("SELECT count(*) FROM changes").fetchone()[0])


def alone(folder: Path, recorded: Path, repeat: int) -> dict[str, object]:
    """Part 1 and 3: against the recorded answers."""
    from tests.replay import replayed

    names = sorted(page.name for page in (recorded / COMMUNITY / "rest").iterdir())
    projects = [f"{PREFIX}/{name}" for name in names]
    with replayed(recorded, names, COMMUNITY) as server:
        place = configured(folder / "once", server.url, projects)
        plustwo(place)  # the server makes its answers when it is first asked for them
        plain(place, "requests", server.url, projects)
        ours, theirs = best(repeat, lambda: plustwo(place), lambda: plain(place, "requests", server.url, projects))
        changes = count(place)
        server.seen()
        nothing, start = best(
            repeat, lambda: plustwo(place, fresh=False), lambda: measured([sys.executable, "-c", START])
        )
        asked = len(server.seen()) / repeat
    with replayed(recorded, names, COMMUNITY, PAST) as server:
        place = configured(folder / "longer", server.url, projects)
        plustwo(place)
        (longer,) = best(1, lambda: plustwo(place))
        longer_changes = count(place)
        longer_theirs = plain(place, "requests", server.url, projects)
    return {
        "changes": changes, "ours": asdict(ours), "plain": asdict(theirs), "times": theirs.wall / ours.wall,
        "times_cpu": theirs.cpu / ours.cpu, "longer_changes": longer_changes, "longer": asdict(longer),
        "longer_plain": asdict(longer_theirs), "poll": asdict(nothing), "poll_requests": asked, "start": asdict(start),
    }  # fmt: skip


def real(folder: Path, url: str, projects: Sequence[str]) -> dict[str, object]:
    """Part 2: a first load from a real Gerrit, whose caches are warm: it has told everything once before."""
    place = configured(folder / "real", url, projects)
    plustwo(place)
    theirs = plain(place, "pygerrit2", url, projects)
    ours = plustwo(place, watched=True)
    told = json.loads(ours.said.splitlines()[-1])
    nothing = plustwo(place, watched=True, fresh=False)
    return {
        "changes": count(place), "ours": asdict(ours), "plain": asdict(theirs), "times": theirs.wall / ours.wall,
        "requests": told["requests"], "busy": told["busy"], "own_share": 1 - told["busy"] / ours.wall,
        "poll": asdict(nothing), "poll_requests": json.loads(nothing.said.splitlines()[-1])["requests"],
    }  # fmt: skip


def row(name: str, used: dict[str, float], changes: int, more: str = "") -> str:
    """A line of the table."""
    rate = f"{changes / used['wall']:,.0f}" if changes else ""
    return f"  {name:<26}{used['wall']:8.2f}{used['cpu']:8.2f}{rate:>10}{used['peak']:8.0f}  {more}".rstrip()


HEAD = f"  {'':<26}{'seconds':>8}{'cpu s':>8}{'changes/s':>10}{'MB':>8}"


def show(found: dict[str, dict]) -> None:
    """The tables, with what their figures mean."""
    if one := found.get("alone"):
        changes, longer = one["changes"], one["longer_changes"]
        print(f"1. The client's side alone: {changes:,} changes, answers played from memory")
        print(HEAD)
        print(row("plustwo, first load", one["ours"], changes, f"{one['times']:.1f} times as fast as the plain loop"))
        print(row("plain loop", one["plain"], changes, f"needs {one['times_cpu']:.1f} times the processor's time"))
        print(row(f"plustwo, {PAST} times as long", one["longer"], longer))
        print(row(f"plain, {PAST} times as long", one["longer_plain"], longer))
        print(
            "  seconds: from starting the program to its end. cpu s: of the program's own process. MB: its peak (ru_maxrss)."
        )
        print(
            "  plain loop: bench/plain.py with requests: pages of 500, comments one by one, json, sqlite_utils.upsert_all."
        )
        print("\n3. A poll with nothing new, from the same server")
        print(HEAD)
        requests = f"{one['poll_requests']:.0f} request" + ("s" if one["poll_requests"] != 1 else "")
        print(row("plustwo, nothing new", one["poll"], 0, requests))
        print(row("of which imports", one["start"], 0))
    if one := found.get("real"):
        changes = one["changes"]
        print(f"\n2. A real Gerrit: {changes:,} changes, {one['requests']:,} requests")
        print(HEAD)
        print(row("plustwo, first load", one["ours"], changes, f"{one['times']:.1f} times as fast as the plain loop"))
        print(row("plain loop", one["plain"], changes))
        print(row("plustwo, nothing new", one["poll"], 0, f"{one['poll_requests']} request(s)"))
        print(
            f"  {one['own_share']:.1%} of the first load's seconds are plustwo's own: in them no request was under way."
        )
        print(
            "  plain loop: bench/plain.py with pygerrit2. The server had told everything once before it was measured."
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recorded", type=Path, default=os.environ.get("PLUSTWO_RECORDED"))
    parser.add_argument("--url", help="a Gerrit that runs and may be asked everything three times")
    parser.add_argument("--projects", nargs="+", help="its projects; those of the recorded community if not given")
    parser.add_argument("--gerrit", action="store_true", help="make a Gerrit of the recorded community; takes minutes")
    parser.add_argument("--only-url", action="store_true", help="leave out parts 1 and 3")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        recorded = Path(options.recorded).resolve() if options.recorded else None
        if recorded and not options.only_url:
            found["alone"] = alone(folder, recorded, options.repeat)
        url = options.url
        if not url and options.gerrit and recorded:
            from tests.gerrit.community import recorded_community

            url = stack.enter_context(recorded_community(folder / "gerrit", recorded, COMMUNITY).served()).url
        if url:
            projects = options.projects
            if not projects and recorded:
                projects = [f"{PREFIX}/{bundle.stem}" for bundle in sorted((recorded / COMMUNITY).glob("*.bundle"))]
            if not projects:
                parser.error("--projects says which projects of the server to collect")
            found["real"] = real(folder, url, projects)
    if options.json:
        print(json.dumps(found, indent=1))
    elif found:
        show(found)
    else:
        print(
            "bench/rest.py measures collecting over REST, and needs --recorded DIR (or PLUSTWO_RECORDED), or --url URL."
        )


if __name__ == "__main__":
    main()
