"""Folders that may be out of reach: gone, forbidden, on a drive that was cut off, or links in a circle.
Of such ones `Path.is_dir` and `Path.resolve` raise."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MISSING = "does not exist"
_PASSING = {
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM),
    *(errno.ENOTCONN, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH),
}
"""What a system with too many open files says, and of a drive that was cut off."""


def resolved(path: Path) -> Path:
    """The full name, with links followed as far as they lead anywhere."""
    return Path(os.path.realpath(path))


def lacking(folder: Path) -> str:
    """Why there is no folder of that name to look into; "" where there is."""
    try:
        mode = folder.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return MISSING
    except (OSError, ValueError) as error:
        return f"can't be reached ({getattr(error, 'strerror', None) or error})"
    return "" if stat.S_ISDIR(mode) else "is a file"


def out_of_reach(error: OSError) -> bool:
    """Whether a file can't be read by us, or not now: what is in it nobody knows."""
    return isinstance(error, PermissionError) or error.errno in _PASSING


def there(path: Path) -> bool:
    """Whether something of that name can be reached."""
    return not why_no_name(path) and os.access(path, os.F_OK)


def why_no_name(path: str | Path) -> str:
    """Why no file or folder can have that name; "" where one can. An empty one would be taken for the
    folder that the process runs in."""
    try:
        name = os.fsencode(path)
    except UnicodeEncodeError:
        return "it is no text"
    if not name:
        return "it is empty"
    return "it has a NUL character in it" if b"\0" in name else ""
