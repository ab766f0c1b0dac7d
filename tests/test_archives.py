"""Archives of XML are opened only when all of them is within bounds."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Mapping

import pytest

from pp_qa.errors import LoadError
from pp_qa.loading.archives import open_zip, read_member, refuse_entities

ENTITY = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'


def zipped(members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def altered(content: bytes, at: int, value: bytes) -> bytes:
    """An archive whose directory says something else of its first member."""
    place = content.index(b"PK\x01\x02") + at
    return content[:place] + value + content[place + len(value) :]


ONE = zipped({"a.xml": "<a>" + "x" * 1000})


def test_a_sound_archive_is_opened() -> None:
    """What is within bounds can be read, drawings that declare namespaces included."""
    archive = open_zip(zipped({"a/b.xml": "<a/>", "c.svg": ENTITY, "d.png": b"\x00\xff" * 999}))
    assert archive.namelist() == ["a/b.xml", "c.svg", "d.png"]
    assert read_member(archive, "a/b.xml") == b"<a/>"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "damaged or cut short"),
        (b"hello", "damaged or cut short"),
        (ONE[:-30], "damaged or cut short"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 99, "password or in an old Office"),
        (altered(ONE, 8, b"\x01\x00"), "password"),
        (zipped({"a.xml": b"<" + b" " * 50_000_000}), "expands 1.* times"),
        (altered(ONE, 24, struct.pack("<I", 400_000_000)), "expands"),
        (zipped({f"{i}": "" for i in range(20_001)}), "20001 parts, the most is 20000"),
        (zipped({"../a.xml": ""}), "outside"),
        (zipped({"a/../../b.xml": ""}), "outside"),
        (zipped({"..\\a.xml": ""}), "outside"),
        (zipped({"/etc/a.xml": ""}), "outside"),
        (zipped({"C:\\a.xml": ""}), "outside"),
        (zipped({"a.xml": ""}, zipfile.ZIP_LZMA), "packs its part"),
        (zipped({"a.xml": ENTITY}), "XML entities.*'a.xml'"),
        (zipped({"a.png": " " * 65_530 + ENTITY}), "XML entities.*'a.png'"),
        (zipped({"\x1b[31m\n": ENTITY}), r"\\x1b\[31m"),
    ],
)
def test_what_could_do_harm_is_refused(content: bytes, reason: str) -> None:
    """Bombs, foreign places, passwords and damage are each told in one printable line."""
    with pytest.raises(LoadError, match=reason) as caught:
        open_zip(content)
    assert str(caught.value).isprintable()


def test_sizes_in_all_are_bounded() -> None:
    """Members that are each within bounds may not be too large together."""
    large = {f"{i}": random.Random(i).randbytes(100_000) for i in range(3)}
    content = bytearray(zipped(large, zipfile.ZIP_STORED))
    place = -1
    while (place := content.find(b"PK\x01\x02", place + 1)) >= 0:
        content[place + 20 : place + 28] = struct.pack("<II", 250_000_000, 250_000_000)
    with pytest.raises(LoadError, match=r"all of it.* more than 600 MB"):
        open_zip(bytes(content))


def test_no_more_is_unpacked_than_declared() -> None:
    """A member that declares less than it holds is not unpacked further: it is damaged."""
    archive = open_zip(altered(ONE, 24, struct.pack("<I", 10)))
    with pytest.raises(LoadError, match="damaged"):
        read_member(archive, "a.xml")


def test_a_part_that_is_absent_is_named() -> None:
    """An archive of another kind lacks the part that its ending promises."""
    with pytest.raises(LoadError, match=r"lacks its part 'word/document.xml'"):
        read_member(open_zip(ONE), "word/document.xml")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037"]
)
def test_entities_are_seen_in_every_encoding(encoding: str) -> None:
    """A declaration of entities can't hide in an encoding."""
    with pytest.raises(LoadError, match="entities"):
        refuse_entities(ENTITY.encode(encoding))


def test_entities_are_not_looked_for_where_they_are_hidden_at_will() -> None:
    """UTF-7 can write a declaration in many ways: XML in it is refused as a whole."""
    with pytest.raises(LoadError, match="entities"):
        refuse_entities(b'<?xml version="1.0" encoding="UTF-7"?><a/>')


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<a>&lt;!ENTITY b&gt;</a>",
        b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/xhtml11.dtd"><html/>',
        '<?xml version="1.0" encoding="utf-16"?><a>ENTITY</a>'.encode("utf-16"),
    ],
)
def test_plain_xml_is_not_refused(xml: bytes) -> None:
    """A document type without declarations is common and does no harm."""
    refuse_entities(xml)


def test_damage_of_any_kind_is_told() -> None:
    """Whatever bytes of an archive change, it is opened or refused with a reason."""
    draw = random.Random(3)
    sound = zipped({f"{i}.xml": f"<a>{i}" * i for i in range(9)})
    reasons = [unread(changed(sound, draw)) for _ in range(800)]
    assert all(reason.isprintable() for reason in reasons)
    assert sum(map(bool, reasons)) > 400


def changed(content: bytes, draw: random.Random) -> bytes:
    """Some bytes made others."""
    bytes_ = bytearray(content)
    for _ in range(draw.randint(1, 5)):
        bytes_[draw.randrange(len(bytes_))] = draw.randrange(256)
    return bytes(bytes_)


def unread(content: bytes) -> str:
    """Why an archive can't be read in whole; empty when it can."""
    try:
        archive = open_zip(content)
        for name in archive.namelist():
            read_member(archive, name)
    except LoadError as error:
        return str(error)
    return ""
