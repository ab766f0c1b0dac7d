"""An address to serve on: that one and no other, or one line on why not."""

from __future__ import annotations

import errno
import os
import socket

from pp_qa.errors import ServeError


def shown(host: str) -> str:
    """A host as it stands in an address that people open."""
    name = "localhost" if host in ("0.0.0.0", "::", "") else host  # noqa: S104
    return f"[{name}]" if ":" in name else name


def listen(host: str, port: int, *, with_port: str = "set PORT to") -> socket.socket:
    """A listening socket on that address and no other. Raises ServeError naming what is wrong, and
    the way to another port, such as `with_port`."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, proto)
    except (OSError, ValueError) as error:  # also of what can't be a name: `127..0.1`
        raise ServeError(f"{host!r} is no address of this machine; set HOST to one") from error
    try:
        if os.name == "posix":  # elsewhere it would let two programs share the port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise ServeError(_explain(error, host, port, with_port)) from error
    return listening


def _explain(error: OSError, host: str, port: int, with_port: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken by another program; {with_port} another one"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"port {port} on {host} is not allowed to this user; {with_port} one above 1023"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host!r} is no address of this machine; set HOST to one"
    return f"nothing can be served on {host}:{port} ({error.strerror}); set HOST or PORT"
