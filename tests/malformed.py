"""Files of every format, made by the formats' own writers, and ways to spoil them."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

TITLE = "Bridges of Lisbon"
PARAGRAPHS = [
    "Zoë crossed the bridge at dawn, and “nobody” saw her. The toll is 4.50 € for each car.",
    "The ministry lists three conditions: a permit, a receipt, and patience.",
    "Repairs began in 1998 and ended in 2004. They cost more than was planned — twice as much.",
]
ROWS = [
    ["Bridge", "Year", "Length"],
    ["25 de Abril", "1966", "2277"],
    ["Vasco da Gama", "1998", "12345"],
]


def txt() -> bytes:
    return "\n\n".join([TITLE, *PARAGRAPHS, "- one\n- two"]).encode()


def srt() -> bytes:
    cues = (
        f"{n}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{line}"
        for n, line in enumerate(PARAGRAPHS, start=1)
    )
    return "\n\n".join(cues).encode()


def md() -> bytes:
    table = "\n".join(f"| {' | '.join(row)} |" for row in [ROWS[0], ["---"] * 3, *ROWS[1:]])
    return "\n\n".join(
        [f"# {TITLE}", *PARAGRAPHS, "- one\n  - two", table, "```\ncode\n```"]
    ).encode()


def html() -> bytes:
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in ROWS)
    body = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
    return (
        f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{TITLE}</title></head><body>"
        f"<nav><a href=/>Home</a></nav><main><h1>{TITLE}</h1>{body}<ul><li>one<li>two</ul>"
        f"<table>{rows}</table></main></body></html>"
    ).encode()


def rst() -> bytes:
    rule = "=" * 20
    table = "\n".join([" ".join([rule] * 3), *(" ".join(f"{c:<20}" for c in r) for r in ROWS)])
    table += "\n" + " ".join([rule] * 3)
    return "\n\n".join([f"{TITLE}\n{rule}", *PARAGRAPHS, "* one\n* two", table]).encode()


def csv() -> bytes:
    return "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in ROWS * 5).encode()


def eml() -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"] = TITLE, "Zoë <zoe@example.org>"
    message["To"], message["Date"] = "b@example.org", "Mon, 23 Nov 2026 10:00:00 +0000"
    message.set_content("\n\n".join(PARAGRAPHS))
    message.add_alternative(html().decode(), subtype="html")
    message.add_attachment(csv(), maintype="text", subtype="csv", filename="bridges.csv")
    return message.as_bytes()


def docx() -> bytes:
    import docx as writer

    made = writer.Document()
    made.add_heading(TITLE, 1)
    for paragraph in PARAGRAPHS:
        made.add_paragraph(paragraph)
    made.add_paragraph("one", style="List Bullet")
    table = made.add_table(len(ROWS), 3)
    for row, cells in zip(table.rows, ROWS, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    return _saved(made.save)


def pptx() -> bytes:
    import pptx as writer

    made = writer.Presentation()
    for paragraph in PARAGRAPHS:
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = TITLE
        slide.placeholders[1].text = paragraph
    return _saved(made.save)


def xlsx() -> bytes:
    import openpyxl as writer

    made = writer.Workbook()
    for row in ROWS:
        made.active.append(row)
    return _saved(made.save)


def epub() -> bytes:
    chapter = (
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head>'
    )
    chapter += f"<body><h1>{TITLE}</h1>{''.join(f'<p>{p}</p>' for p in PARAGRAPHS)}</body></html>"
    container = (
        '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        '<rootfiles><rootfile full-path="o/c.opf" media-type="application/oebps-package+xml"/>'
        "</rootfiles></container>"
    )
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">1</dc:identifier>'
        f"<dc:title>{TITLE}</dc:title><dc:language>en</dc:language></metadata><manifest>"
        '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    )
    return zipped(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": container.encode(),
            "o/c.opf": package.encode(),
            "o/a.xhtml": chapter.encode(),
        }
    )


def pdf(kids: str = "3 0 R 4 0 R", parent: str = "") -> bytes:
    """Two pages; other `kids` or a `parent` of the tree of pages make it go in circles."""
    pages = ["/Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 5 0 R>>>>"] * 2
    drawn = [" ".join(f"({p}) Tj T*" for p in ascii_lines()[i::2]) for i in (0, 1)]
    streams = [f"BT /F 12 Tf 14 TL 50 700 Td {text} ET" for text in drawn]
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count 2/Kids[{kids}]{parent}>>",
        f"<<{pages[0]}/Contents 6 0 R>>",
        f"<<{pages[1]}/Contents 7 0 R>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        *(f"<</Length {len(s)}>>stream\n{s}\nendstream" for s in streams),
    ]
    made, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj{body}endobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    made += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    start = made.rindex(b"xref")
    return (
        made + f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF".encode()
    )


def ascii_lines() -> list[str]:
    return [p.encode("ascii", "ignore").decode() for p in [TITLE, *PARAGRAPHS]]


SAMPLES: dict[str, Callable[[], bytes]] = {
    f".{make.__name__}": make
    for make in (txt, srt, md, html, rst, pdf, docx, pptx, xlsx, csv, epub, eml)
}
"""The maker of a sound file of each format."""


def zipped(members: dict[str, bytes]) -> bytes:
    return _saved(lambda stream: _write(stream, members))


def _write(stream: io.BytesIO, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


# ── ways to spoil a file ─────────────────────────────────────────────────────


def flip(content: bytes, draw: random.Random) -> bytes:
    spoiled = bytearray(content)
    for _ in range(draw.choice([1, 5, 50])):
        spoiled[draw.randrange(len(spoiled))] ^= 1 << draw.randrange(8)
    return bytes(spoiled)


def cut(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randrange(len(content))]


def behead(content: bytes, draw: random.Random) -> bytes:
    return content[draw.randrange(1, len(content)) :]


def zero(content: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(content))
    length = min(len(content) - at, draw.choice([4, 64, 512]))
    return content[:at] + bytes(length) + content[at + length :]


def splice(content: bytes, draw: random.Random) -> bytes:
    start, end, at = sorted(draw.sample(range(len(content)), 3))
    return content[:at] + content[start:end] * draw.choice([1, 40]) + content[at:]


def stuff(content: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(content))
    return content[:at] + draw.randbytes(draw.choice([1, 100, 3000])) + content[at:]


def shuffle(content: bytes, draw: random.Random) -> bytes:
    size = max(1, len(content) // 8)
    parts = [content[i : i + size] for i in range(0, len(content), size)]
    draw.shuffle(parts)
    return b"".join(parts)


WAYS = (flip, cut, behead, zero, splice, stuff, shuffle)


def within(content: bytes, draw: random.Random) -> bytes:
    """Spoil a part of an archive and pack it soundly again, so that its parser sees it; what is
    no archive is spoiled as it is."""
    way = draw.choice(WAYS)
    if not content.startswith(b"PK"):
        return way(content, draw)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    victim = draw.choice([name for name, held in members.items() if len(held) > 9])
    members[victim] = way(members[victim], draw)
    if draw.random() < 0.2:
        del members[draw.choice(list(members))]
    return zipped(members)


def bombs() -> dict[str, bytes]:
    """Files that do harm to those who trust them, by name."""
    laughs = '<!DOCTYPE a [<!ENTITY l0 "lol">'
    laughs += "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12)) + "]>"
    secret = '<!DOCTYPE a [<!ENTITY s SYSTEM "file:///etc/passwd">]>'
    blank = b" " * 100_000_000
    made = {
        "deep.html": b"<div>" * 200_000,
        "deep.md": b"> " * 20_000 + b"[" * 20_000,
        "deep.rst": b"\n".join(b" " * i + b"* a" for i in range(0, 600, 2)),
        "wide.csv": b",".join([b"a"] * 20_000) + b"\n" + b'"' * 19_999,
        "parts.eml": b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 3_000,
        "loop.pdf": pdf(kids="2 0 R 3 0 R"),
        "parent.pdf": pdf(kids="2 0 R 2 0 R 2 0 R", parent="/Parent 2 0 R"),
        "include.rst": b".. include:: /etc/passwd\n\n.. raw:: html\n   :file: /etc/passwd\n\nText.\n",
    }
    main = {".docx": "word/document.xml", ".pptx": "ppt/presentation.xml"}
    main |= {".xlsx": "xl/workbook.xml", ".epub": "o/a.xhtml"}
    for ending, part in main.items():
        for name, content in (
            ("laughs", f"{laughs}<a>&l11;</a>".encode()),
            ("secret", f"{secret}<a>&s;</a>".encode("utf-16")),
            ("blank", b"<a>" + blank + b"</a>"),
        ):
            made[name + ending] = zipped({part: content})
    return made
