"""Formats that are zip archives of XML, opened only when they can be read within bounds."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable

from pp_qa.errors import LoadError

_MOST_MEMBERS = 20_000
_LARGEST_MEMBER = 300_000_000
_LARGEST_TOTAL = 600_000_000
_MOST_RATIO = 200
"""A member that expands to more than this many times its size is a bomb; XML that people write
expands up to some fifty times."""
_SMALL = 5_000_000
"""Below this size a ratio says nothing: a blank sheet packs well."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What these formats allow; the others can't be unpacked in bounded steps."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How the files of old Office versions begin, and those that a password protects."""
_ENTRY = b"PK\x01\x02"
"""How each line of an archive's directory begins."""
_CHUNK = 1 << 16
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    ValueError,
)
"""What `zipfile` raises for archives that are damaged."""

_ENTITY = tuple("<!ENTITY".encode(encoding) for encoding in ("ascii", "cp037", "cp500"))
_HARMFUL = "declares XML entities, which can grow without bound or fetch other files"
_ANEW = "save it anew from the program that it comes from, or remove it"
_UTF7 = re.compile(rb"""\s*<\?xml[^>]{0,200}encoding\s*=\s*["']utf-?7""", re.IGNORECASE)


def open_zip(content: bytes) -> zipfile.ZipFile:
    """The archive that `content` is, once all of it was found to be harmless: few enough
    members, none encrypted or placed outside, each and all within bounds, and no XML in it that
    declares entities.

    `zipfile` yields no more of a member than it declares, so what is declared bounds what a
    library that opens `content` with it can unpack. Raises LoadError.
    """
    if content.startswith(_OLE):
        raise LoadError(
            "is protected by a password or in an old Office format; save it anew without password"
            " in the format of its ending"
        )
    if (count := content.count(_ENTRY)) > _MOST_MEMBERS:  # before each takes memory
        raise LoadError(f"has {count} parts, the most is {_MOST_MEMBERS}; split it")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = archive.infolist()
    except _BROKEN as error:
        raise _damaged(error) from error
    _check_directory(members)
    for member in members:
        if not member.filename.lower().endswith(".svg"):  # drawings declare namespaces that way
            _refuse_entities_in(archive, member)
    return archive


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """A member's bytes. Raises LoadError when it isn't there or is damaged."""
    try:
        with archive.open(name) as stream:
            return stream.read(_LARGEST_MEMBER)
    except KeyError as error:
        raise LoadError(
            f"lacks its part {shortened(name)}; open it in its program and save it anew"
        ) from error
    except _BROKEN as error:
        raise _damaged(error) from error


def refuse_entities(xml: bytes) -> None:
    """Raises LoadError for XML, in whatever encoding, that declares entities: no document needs
    them."""
    if _declares_entities([xml]):
        raise LoadError(f"{_HARMFUL}; {_ANEW}")


def _check_directory(members: list[zipfile.ZipInfo]) -> None:
    """Raises LoadError where what the archive says of its members is out of bounds."""
    for member in members:
        name = shortened(member.filename)
        if member.flag_bits & 0x1:
            raise LoadError("is protected by a password; save it anew without one")
        if member.compress_type not in _METHODS:
            raise LoadError(f"packs its part {name} in a way its format forbids; save it anew")
        if _is_outside(member.filename):
            raise LoadError(f"has a part that is placed outside of it ({name}); don't trust it")
        ratio = member.file_size / max(1, member.compress_size)
        if member.file_size > _SMALL and ratio > _MOST_RATIO:
            raise LoadError(
                f"has a part ({name}) that expands {ratio:.0f} times, as bombs do; don't trust it"
            )
        if member.file_size > _LARGEST_MEMBER:
            raise _too_large(name, _LARGEST_MEMBER)
    if sum(member.file_size for member in members) > _LARGEST_TOTAL:
        raise _too_large("all of it", _LARGEST_TOTAL)


def _refuse_entities_in(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """`refuse_entities` for a member. A damaged one is left to whoever needs it: it may be a
    picture that nobody reads."""
    try:
        with archive.open(member) as stream:
            found = _declares_entities(iter(lambda: stream.read(_CHUNK), b""))
    except _BROKEN:
        return
    if found:
        raise LoadError(f"{_HARMFUL} (in its part {shortened(member.filename)}); {_ANEW}")


def _declares_entities(chunks: Iterable[bytes]) -> bool:
    """Whether XML that comes in chunks declares an entity. UTF-16 and UTF-32 are ASCII with
    zero bytes in between, and UTF-7, which can write it in many ways, is taken for one."""
    found, head = False, b""
    for chunk in chunks:
        window = head[-16:] + chunk.replace(b"\x00", b"")
        found = found or any(mark in window for mark in _ENTITY) or bool(_UTF7.match(window))
        head = window
    return found


def _is_outside(name: str) -> bool:
    path = name.replace("\\", "/")
    return path.startswith("/") or path[1:2] == ":" or ".." in path.split("/")


def shortened(name: str) -> str:
    """A member's name, which may hold anything, in a form that can be printed."""
    return ascii(name if len(name) <= 60 else f"{name[:60]}…")


def _damaged(error: Exception) -> LoadError:
    return LoadError(
        f"is damaged or cut short ({error}); open it in its program and save it anew, or remove it"
    )


def _too_large(what: str, most: int) -> LoadError:
    return LoadError(f"expands ({what}) to more than {most / 1e6:.0f} MB; split it or remove it")
