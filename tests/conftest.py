"""What all tests share: no network, and things that not every machine has.

A test that asks for one of those things is skipped without it, and carries the marker of the same name:
``-m "not recorded"`` leaves out the slow ones. With PLUSTWO_REQUIRE_HEAVY=1, as in CI, it fails instead.
"""

import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.gerrit.community import recorded_community
from tests.gerrit.jars import Missing, launcher
from tests.gerrit.town import Town

HEAVY = {"recorded": "recorded", "chromium": "chromium", "gerrit_program": "gerrit"}  # fixture -> marker


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture in set(HEAVY).intersection(getattr(item, "fixturenames", ())):
            item.add_marker(HEAVY[fixture])


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The recorded communities: a folder for each server, with a bundle for each project."""
    folder = os.environ.get("PLUSTWO_RECORDED")
    if not folder:
        pytest.skip("needs the recorded communities: set PLUSTWO_RECORDED to their folder")
    if not Path(folder).is_dir():
        _lacking(f"PLUSTWO_RECORDED names {folder}, which is no folder")
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The Chromium to test pages with: what CHROMIUM names, else the first one on PATH."""
    named = os.environ.get("CHROMIUM")
    for name in [named] if named else ["chromium", "chromium-browser", "google-chrome"]:
        if found := shutil.which(name):
            return Path(found)
    _lacking(f"needs Chromium: {named or 'chromium'} was not found; install it, or set CHROMIUM to its path")


@pytest.fixture(scope="session")
def gerrit_program() -> None:
    """That there is a Java and a Gerrit to run."""
    missing = ""
    try:
        launcher()
    except Missing as what:
        missing = str(what)
    if missing:
        _lacking(missing)


@pytest.fixture(scope="session")
def gerrit(gerrit_program: None, no_network: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A real Gerrit with a small community, one for all tests: each makes projects of its own."""
    town = Town(tmp_path_factory.mktemp("gerrit"))
    town.init()
    with town.served():
        town.furnish()
        yield town


@pytest.fixture(scope="session")
def gerrit_openbmc(
    gerrit_program: None, no_network: None, recorded: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """A real Gerrit that serves the recorded history of OpenBMC, whole; building it takes a minute or so."""
    with recorded_community(tmp_path_factory.mktemp("gerrit-openbmc"), recorded, "openbmc").served() as community:
        yield community


@pytest.fixture(scope="session")
def gerrit_rdo(
    gerrit_program: None, no_network: None, recorded: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """The same of RDO."""
    with recorded_community(tmp_path_factory.mktemp("gerrit-rdo"), recorded, "rdo").served() as community:
        yield community


@pytest.fixture(scope="session")
def ssh_client() -> None:
    """That there is an ssh client, for `Person.ssh`."""
    if not (shutil.which("ssh") and shutil.which("ssh-keygen")):
        _lacking("needs an ssh client: Debian and Ubuntu have it as apt-get install openssh-client")


def _lacking(what: str) -> NoReturn:
    if os.environ.get("PLUSTWO_REQUIRE_HEAVY") == "1":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Only this machine can be reached. Programs that a test starts are not held back by this."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _refuse_distant(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _refuse_distant(self.family, address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host and not _is_here(host):
            _refuse(host)
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield


def _refuse_distant(family: int, address: Any) -> None:
    if family != socket.AF_UNIX and not _is_here(address[0]):
        _refuse(address[0])


def _is_here(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name.lower() == "localhost"
    return address.is_loopback or address.is_unspecified


def _refuse(host: object) -> NoReturn:
    """Not an OSError: code under test that survives a broken connection must not survive this."""
    pytest.fail(f"a test tried to reach {host!r}: tests speak to this machine only, so give it a fake server")
