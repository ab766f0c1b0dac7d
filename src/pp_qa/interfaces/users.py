"""Who may log in: a file with a line `name:hash` for each user, made by `pp-qa user add`.

A hash is `scrypt$n$r$p$salt$key`, salt and key in base64. The file is read again whenever it
has changed, so that a user who was taken out of it is out at once.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import secrets
import stat
import tempfile
import threading
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from pp_qa.errors import SettingsError, UsageError
from pp_qa.reaching import resolved, there

log = logging.getLogger("pp_qa")

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1_000
_REMARK = "#"
_NAME = re.compile(r"[\w.@+-]{1,64}")
_N, _R, _P = 2**14, 8, 5
"""The cost of a guess: 16 MB and some tenths of a second of a core."""
_MOST_N, _MOST_R, _MOST_P = 2**18, 16, 16


class Users:
    """The users of a file. Thread-safe. Raises SettingsError when there is no such file, nobody
    in it, or a line that is none."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._stamp = _stamp(file)
        self._hashes = read(file)
        if not self._hashes:
            raise SettingsError(
                f"{file} has no users; add one with: pp-qa user add NAME --auth {file}"
            )
        self._nobody = hashed(secrets.token_hex())

    def hash_of(self, name: str) -> str:
        """What stands in the file for a user now; "" for nobody of it."""
        with self._lock:
            stamp = _stamp(self._file)
            if stamp != self._stamp:
                self._stamp = stamp
                try:
                    self._hashes = read(self._file)
                except SettingsError as error:  # better that nobody gets in than one too many
                    log.error("nobody can log in: %s", error)
                    self._hashes = {}
            return self._hashes.get(name, "")

    def check(self, name: str, password: str) -> str:
        """The hash of the user whose password it is, else "". It takes as long for a name that is
        unknown, which so can't be told from a wrong password."""
        found = self.hash_of(name)
        fits = matches(password, found or self._nobody)
        return found if fits else ""


def read(file: Path) -> dict[str, str]:
    """The hash of each user, by name. Raises SettingsError."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError as error:
        raise SettingsError(
            f"there is no file of users {file}; make it with: pp-qa user add NAME --auth {file}"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise SettingsError(
            f"the file of users {file} can't be read ({why}); see to that, or name another"
        ) from error
    found = {}
    for number, line in enumerate(lines, start=1):
        name, _, key = line.partition(":")
        if not line.strip() or line.startswith(_REMARK):
            continue
        if not _NAME.fullmatch(name) or _parts(key) is None:
            raise SettingsError(
                f"line {number} of {file} is no user; take it out, and add users with: pp-qa user"
                f" add NAME --auth {file}"
            )
        found[name] = key
    return found


def add(file: Path, name: str, password: str) -> bool:
    """Put a user into the file, which is made where there is none, or give one another password.
    Whether the user is new. Raises UsageError or SettingsError."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name of a user; take up to 64 letters, digits and . @ + - _"
        )
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UsageError(
            f"a password has at least {SHORTEST_PASSWORD} and at most {LONGEST_PASSWORD}"
            " characters; take another"
        )
    users = read(file) if there(file) else {}
    new = name not in users
    _write(file, users | {name: hashed(password)})
    return new


def remove(file: Path, name: str) -> None:
    """Take a user out of the file. Raises UsageError or SettingsError."""
    users = read(file)
    if name not in users:
        raise UsageError(f"{file} has no user {name!r}; it has: {', '.join(sorted(users))}")
    _write(file, {n: key for n, key in users.items() if n != name})


def hashed(password: str) -> str:
    salt = secrets.token_bytes(16)
    key = _scrypt(password, _N, _R, _P, salt)
    return "$".join(["scrypt", *map(str, (_N, _R, _P)), _text(salt), _text(key)])


def matches(password: str, found: str) -> bool:
    """Whether a hash is that of a password, in a time that doesn't tell how nearly."""
    parts = _parts(found)
    if parts is None or len(password) > LONGEST_PASSWORD:
        return False
    n, r, p, salt, key = parts
    return hmac.compare_digest(_scrypt(password, n, r, p, salt), key)


def _scrypt(password: str, n: int, r: int, p: int, salt: bytes) -> bytes:
    given = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(given, salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=32)


def _parts(found: str) -> tuple[int, int, int, bytes, bytes] | None:
    """The numbers, salt and key of a hash; None when it is none, or would take too much."""
    try:
        kind, n, r, p, salt, key = found.split("$")
        numbers = int(n), int(r), int(p)
        salted = b64decode(salt, validate=True), b64decode(key, validate=True)
    except ValueError:
        return None
    fits = 1 < numbers[0] <= _MOST_N and 0 < numbers[1] <= _MOST_R and 0 < numbers[2] <= _MOST_P
    whole = kind == "scrypt" and fits and len(salted[0]) >= 16 and len(salted[1]) == 32
    return (*numbers, *salted) if whole and numbers[0] & (numbers[0] - 1) == 0 else None


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _write(file: Path, users: Mapping[str, str]) -> None:
    """The whole file at one stroke, for nobody else to read unless its owner lets them; its remarks
    stay, on top."""
    lines = [f"{name}:{users[name]}" for name in sorted(users)]
    file = resolved(file)  # of a link, the file stays where it is
    try:
        before = file.read_text(encoding="utf-8-sig").splitlines() if file.exists() else []
        remarks = [line for line in before if line.startswith(_REMARK)]
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, pending = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.writelines(f"{line}\n" for line in [*remarks, *lines])
            _hand_over(Path(pending), file)
            Path(pending).replace(file)
        finally:
            Path(pending).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"{file} can't be written ({error.strerror}); name another file"
        ) from error


def _hand_over(pending: Path, file: Path) -> None:
    """Whoever reads the file goes on reading it; a new one that root makes is its folder's owner's."""
    if os.name == "nt":
        return
    known = file.exists()
    facts = (file if known else file.parent).stat()
    with suppress(PermissionError):  # only root gives away what it wrote
        os.chown(pending, facts.st_uid, facts.st_gid if known else -1)
    if known:
        pending.chmod(stat.S_IMODE(facts.st_mode))


def _stamp(file: Path) -> tuple[int, ...]:
    try:
        facts = file.stat()
    except OSError:
        return ()
    return facts.st_ino, facts.st_size, facts.st_mtime_ns
