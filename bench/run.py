"""How fast is plustwo, beside what git alone needs for the same commits? Prints ratios, measured in one run.

    make bench ARGS="--repositories DIR [--repeat 3]"

DIR holds bare repositories with refs/changes/*/meta (searched in depth); without it the sample community is used, which
is small: then start-up weighs more than it would. Each figure is the best of the repeats, since noise only slows down.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
META = "refs/changes/**/meta"


def best(repeat: int, action: Callable[[], object]) -> float:
    """Seconds of the fastest of several runs."""
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return min(times)


def git_log(repository: Path) -> int:
    """Let git print every meta commit, as plustwo asks it to; how many there are."""
    refs = subprocess.run(
        ["git", "-C", repository, "for-each-ref", "--format=%(objectname)", META], check=True, capture_output=True
    )
    command = ["git", "-C", repository, "log", "--stdin", "-z", "--format=%H%x00%P%x00%ae%x00%at%x00%B"]
    log = subprocess.run(command, input=refs.stdout, check=True, capture_output=True)
    return log.stdout.count(b"\0") // 5


def config(folder: Path, repositories: Sequence[Path]) -> Path:
    """A configuration of one server with these repositories."""
    path = folder / "bench.toml"
    lines = ['database = "bench.sqlite"']
    for number, repository in enumerate(repositories):
        lines += [
            "[[gerrit]]", f'name = "s{number}"', 'url = "https://gerrit.example.org"', f'git = "{repository}"',
            f'projects = ["{repository.stem}"]',
        ]  # fmt: skip
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def plustwo(path: Path, *words: str) -> None:
    """Run a command as a user would, from a cold start."""
    subprocess.run(
        [sys.executable, "-m", "bot", "--config", path, "--quiet", *words], check=True, capture_output=True, cwd=ROOT
    )


def peak_memory(path: Path) -> float:
    """Megabytes the process held at most while it collected everything."""
    program = (
        "import resource, sys; from bot.main import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == 'linux' else 1048576))"
    )
    words = ["--config", str(path), "--quiet", "collect"]
    done = subprocess.run([sys.executable, "-c", program, *words], check=True, capture_output=True, text=True, cwd=ROOT)
    return float(done.stdout)


def unpack_sample(folder: Path) -> list[Path]:
    """Bare repositories of the sample community."""
    made = []
    for bundle in sorted((ROOT / "tests/data/sample").rglob("*.bundle")):
        made.append(folder / f"{bundle.stem}.git")
        subprocess.run(["git", "clone", "--quiet", "--mirror", bundle, made[-1]], check=True)
    return made


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repositories", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = sorted(options.repositories.rglob("*.git")) if options.repositories else unpack_sample(folder)
        path, database = config(folder, found), folder / "bench.sqlite"
        commits = sum(map(git_log, found))
        alone = best(options.repeat, lambda: [git_log(repository) for repository in found])

        def collect() -> None:
            for file in folder.glob("bench.sqlite*"):
                file.unlink()
            plustwo(path, "collect")

        first = best(options.repeat, collect)
        again = best(options.repeat, lambda: plustwo(path, "collect"))
        nothing = best(options.repeat, lambda: plustwo(path, "--help"))
        report = best(options.repeat, lambda: plustwo(path, "reviewers", "--days", "30"))
        size = database.stat().st_size / 1e6
        for file in folder.glob("bench.sqlite*"):
            file.unlink()
        memory = peak_memory(path)
        config(folder, found[: max(1, len(found) // 4)])
        for file in folder.glob("bench.sqlite*"):
            file.unlink()
        quarter = peak_memory(path)
    print(f"{len(found)} repositories, {commits:,} meta commits, database {size:.0f} MB")
    print(f"git log alone        {alone:6.2f} s  {commits / alone:10,.0f} commits/s")
    print(
        f"plustwo collect      {first:6.2f} s  {commits / first:10,.0f} commits/s  {first / alone:.1f} times git alone"
    )
    print(f"collect again        {again:6.2f} s  nothing moved")
    print(f"reviewers --days 30  {report:6.2f} s  cold start, of which {nothing:.2f} s is starting the program")
    print(f"peak memory          {memory:6.0f} MB all repositories, {quarter:.0f} MB a quarter of them")


if __name__ == "__main__":
    main()
