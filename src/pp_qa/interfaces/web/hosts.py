"""The names under which the page answers.

A web site can have its own name point to this machine after its page was loaded (DNS rebinding):
to a browser the two are then one site. So a name that isn't known to be ours gets no answer, on
whatever address it comes in. An address written in digits can't be pointed anywhere.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

_LONGEST = 100
"""Characters of a refused name that are repeated."""


class Hosts:
    """What a Host header may say. A page on a loopback address answers to the names of that; one
    on another address to any address and to the names of this machine. `allowed` are further
    names, those of a proxy in front."""

    def __init__(self, host: str, allowed: Iterable[str] = ()) -> None:
        self._local = is_loopback(host)
        self._names = {name.casefold() for name in allowed}
        if not self._local:
            self._names |= {host.casefold(), *_own_names()} - {""}

    def refusal(self, header: str) -> str:
        """Why a request under that Host is not answered, if it isn't."""
        name = _name(header)
        if is_loopback(name) or name in self._names or (not self._local and _is_address(name)):
            return ""
        whose = "for this machine only" if self._local else "not known under this name"
        return (
            f"This page is {whose}; to serve it as {name[:_LONGEST]!r}, add that name to the"
            " setting allowed_hosts (PP_QA_ALLOWED_HOSTS)."
        )


def is_loopback(name: str) -> bool:
    if name.lower() == "localhost" or name.lower().endswith(".localhost"):
        return True
    return _is_address(name) and ipaddress.ip_address(name).is_loopback


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _own_names() -> set[str]:
    """What this machine is called, on its network too (mDNS: `name.local`)."""
    own = {socket.gethostname().casefold(), socket.getfqdn().casefold()} - {""}
    bare = {name.removesuffix(".local") for name in own} | {name.partition(".")[0] for name in own}
    return own | bare | {f"{name}.local" for name in bare}


def _name(host: str) -> str:
    """A Host header without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".").casefold()
