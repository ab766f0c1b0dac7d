"""What every test shares: its own folder, no settings from outside, and no network."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from indexed import Index

pytest.register_assert_rewrite("contracts.store_contract")

# Random input finds what examples don't; a slow machine is no failure.
settings.register_profile(
    "pp_qa",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("pp_qa")

# What a shell starts in the background ignores Ctrl-C, and so would the commands that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent


class NetworkUsed(AssertionError):
    """A test, or what it tests, tried to reach another machine."""


@pytest.fixture(autouse=True)
def _isolated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Run in an empty folder, without PP_QA_* variables, with the network cut off."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.upper().startswith("PP_QA_"):
            monkeypatch.delenv(name)
    if request.node.get_closest_marker("model") is None:
        monkeypatch.setenv("PP_QA_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any attempt to reach something other than this machine raises NetworkUsed."""
    connect, connect_ex, sendto = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.socket.sendto,
    )
    resolve = socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _require_local(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _require_local(self.family, address)
        return connect_ex(self, address)

    def guarded_sendto(self: socket.socket, data: Any, *rest: Any) -> int:
        _require_local(self.family, rest[-1])
        return sendto(self, data, *rest)

    def guarded_resolve(host: Any, *rest: Any, **options: Any) -> Any:
        _require_local_host(host)
        return resolve(host, *rest, **options)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket.socket, "sendto", guarded_sendto)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_resolve)


def _require_local(family: int, address: Any) -> None:
    if family in (socket.AF_INET, socket.AF_INET6):
        _require_local_host(address[0])


def _require_local_host(host: Any) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return
    try:
        local = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        raise NetworkUsed(f"tried to look up {name!r}") from None
    if not (local.is_loopback or local.is_unspecified):
        raise NetworkUsed(f"tried to reach {name}")


@pytest.fixture(scope="session")
def article() -> Path:
    """The news article that ships with pp_qa."""
    return ROOT / "docs_corpus" / "ukraine-28-point-peace-plan.txt"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """An empty corpus folder."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    return folder


@pytest.fixture
def index(corpus: Path) -> Index:
    """An index of two documents."""
    from contracts.store_contract import ARTICLE
    from indexed import Index

    made = Index(corpus)
    made.write(a=ARTICLE, b="Shares rose in Lisbon.")
    made.update()
    return made


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """Where the real model's export is kept: the user's own cache, so that it is made once a
    machine."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("pp_qa", appauthor=False))
