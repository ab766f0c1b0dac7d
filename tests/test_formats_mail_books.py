"""E-mail messages and e-books: who wrote when, and the chapters in their order."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_assistant import make_assistant
from test_loading import check_structure, headings, kinds, load, load_or_refuse

from pp_qa.errors import LoadError
from pp_qa.types import Document

# ── messages ─────────────────────────────────────────────────────────────────


def mail(body: str = "The bridge opens on Monday.\n\nSee you there.") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Opening of the brücke"
    message["From"] = "Anna Berg <anna@example.org>"
    message["To"] = "Bob <bob@example.org>, Cy <cy@example.org>"
    message["Date"] = "Mon, 24 Nov 2025 10:11:00 +0100"
    message.set_content(body)
    return message


def opened(message: EmailMessage) -> Document:
    document = load(message.as_bytes(), "a.eml")
    check_structure(document)
    return document


HEAD = (
    "Opening of the brücke\nFrom: Anna Berg <anna@example.org>\n"
    "To: Bob <bob@example.org>, Cy <cy@example.org>\nDate: 24 November 2025, 10:11 +0100"
)


def test_a_message_says_who_wrote_it_and_when() -> None:
    """The subject is the title; sender, receivers and date are lines under it."""
    document = opened(mail())
    assert document.title == "Opening of the brücke"
    assert document.text == f"{HEAD}\n\nThe bridge opens on Monday.\n\nSee you there."
    assert document.details == {"date": "24 November 2025, 10:11 +0100"}
    assert headings(document) == [("Opening of the brücke",)]


def test_who_wrote_it_is_quoted_with_the_subject() -> None:
    """A question on the sender is answered with all the lines of the head."""
    reply = make_assistant(opened(mail())).ask("From Anna Berg")
    assert reply.answered
    assert reply.citations[0].quote.text == HEAD


def test_attachments_are_named_and_not_read() -> None:
    """A reader learns from the text itself what was attached and is not answered from."""
    message = mail()
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="plan.pdf")
    document = opened(message)
    assert document.text.startswith(f"{HEAD}\nAttachments (not read): plan.pdf\n\nThe bridge")


def test_the_text_that_says_more_is_read() -> None:
    """Of plain text and HTML, the plain text is read, unless it only says that there is HTML."""
    for body, read in (("Costs: 12.\n\n" * 9, "Costs: 12."), ("Use a browser.", "It costs 12.")):
        message = mail(body)
        message.add_alternative(f"<h1>Costs</h1><p>{'It costs 12. ' * 20}</p>", subtype="html")
        assert read in opened(message).text
    assert headings(opened(message)) == [
        ("Opening of the brücke",),
        ("Opening of the brücke", "Costs"),
    ]


@pytest.mark.parametrize("broken", ["<", '"', "a@[", "a@[Jürgen"])
def test_a_header_that_python_fails_over_is_shown_as_it_stands(broken: str) -> None:
    """One address that is none doesn't cost the message."""
    document = load(f"To: {broken}\nSubject: Costs\n\nIt costs 12.\n".encode(), "a.eml")
    assert document.text == f"Costs\nTo: {broken}\n\nIt costs 12."


@pytest.mark.parametrize(
    "head",
    [
        "Content-Type: text/plain; name*",
        "Content-Type: text/plain\nContent-Disposition: inline; filename*0*",
    ],
)
def test_a_part_whose_head_is_cut_off_is_read(head: str) -> None:
    """What it is stands before its parameters, over which Python's parser fails."""
    assert raw(f"--X\n{head}\n\nIt costs 12.\n--X--\n").text.endswith("It costs 12.")
    named = head.replace("text/plain", "image/png").replace("inline", "attachment")
    assert "(not read): image/png" in raw(f"--X\n{named}\n\nx\n--X--\n").text


def test_a_forwarded_message_is_a_part() -> None:
    """What is forwarded stands under its own subject inside the message."""
    outer = mail("Look at this.")
    inner = mail("It opens on Tuesday.")
    inner.replace_header("Subject", "Change")
    outer.add_attachment(inner)
    assert headings(opened(outer))[-1] == ("Opening of the brücke", "Change")
    assert opened(outer).text.endswith("It opens on Tuesday.")


def raw(body: str, kind: str = "multipart/mixed; boundary=X") -> Document:
    """A message of parts as they are sent: `--X` goes before each and `--X--` after the last."""
    message = f"Subject: S\nFrom: a@example.org\nContent-Type: {kind}\n\n{body}"
    document = load(message.encode(), "a.eml")
    check_structure(document)
    return document


HTML = "--X\nContent-Type: text/html\n\n<p>{}</p>\n"
PLAIN = "--X\nContent-Type: text/plain\n\n{}\n"
PICTURE = (
    "--X\nContent-Type: image/png; name=a.png\nContent-Disposition: inline; filename=a.png\n\nx\n"
)
NAMELESS = "--X\nContent-Type: application/pdf\nContent-Disposition: attachment\n\nx\n"
CALENDAR = "--X\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n"
BOTH = (
    "--X\nContent-Type: multipart/alternative; boundary=Y\n\n"
    "--Y\nContent-Type: text/plain\n\nBoth.\n"
    "--Y\nContent-Type: text/html\n\n<p>Both.</p>\n"
    f"{CALENDAR.replace('--X', '--Y')}--Y--\n"
)
PACKED = "--X\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVj\n"
PARTS = {
    "a picture between": (
        HTML.format("One.") + PICTURE + HTML.format("Two."),
        "One.|Two.",
        "a.png",
    ),
    "a footer": (BOTH + PLAIN.format("Footer."), "Both.|Footer.", "text/calendar"),
    "two kinds": (PLAIN.format("One.") + HTML.format("Quite another."), "One.|Quite another.", ""),
    "no names": (
        PLAIN.format("One.") + NAMELESS + CALENDAR,
        "One.",
        "application/pdf, text/calendar",
    ),
    "no text": (PLAIN.format("\x01\x02") + HTML.format("Two."), "Two.", "text/plain"),
    "a packed message": (PLAIN.format("One.") + PACKED, "One.", "message/rfc822"),
}


@pytest.mark.parametrize(("body", "texts", "named"), PARTS.values(), ids=PARTS)
def test_each_part_is_read_or_named(body: str, texts: str, named: str) -> None:
    """All texts of a message are read in their order, one of each alternative, and what is
    something else is named, by its type where it has no name."""
    line = f"Attachments (not read): {named}\n" if named else ""
    text = texts.replace("|", "\n\n")
    assert raw(f"{body}--X--\n").text == f"S\nFrom: a@example.org\n{line}\n{text}"


@pytest.mark.parametrize("kind", ["multipart/mixed", "multipart/mixed; boundary=Z"])
def test_a_message_that_nothing_divides_is_text(kind: str) -> None:
    """The parts of a message whose borders are missing are read as they stand."""
    assert raw("It opens on Monday.", kind).text.endswith("\n\nIt opens on Monday.")


def test_messages_forwarded_too_often_are_named() -> None:
    """The innermost of many messages in each other is named where it is no longer read."""
    message = mail("It opens on Monday.")
    for i in range(4):
        outer = mail(f"Look at {i}.")
        outer.add_attachment(message)
        message = outer
    document = opened(message)
    assert (
        "Attachments (not read): the message “Opening of the brücke”\n\nLook at 0." in document.text
    )
    assert "Monday" not in document.text


def test_a_message_tells_of_wrong_bytes() -> None:
    """A byte of a part that is none of UTF-8 is guessed, and the document says so."""
    body = "Grüße aus Köln und Münster, caf".encode() + b"\xe9."
    document = load(b"Subject: S\nContent-Type: text/plain; charset=utf-8\n\n" + body, "a.eml")
    assert document.text.endswith("Grüße aus Köln und Münster, café.")
    assert "1 byte in line 1" in document.details["unread"]


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n\r\n"])
def test_what_a_program_puts_before_a_message_is_no_matter(before: bytes) -> None:
    """A mark of the byte order or blank lines before the head hide none of it."""
    assert load(before + mail().as_bytes(), "a.eml").text.startswith(HEAD)


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1"])
def test_a_head_may_be_in_any_encoding(encoding: str) -> None:
    """Names and subjects that an old program wrote as they are have all their letters."""
    message = "From: Jörg Müller <j@example.org>\r\nSubject: Größe\r\n\r\nEs ist groß.\r\n"
    document = load(message.encode(encoding), "a.eml")
    assert document.text == "Größe\nFrom: Jörg Müller <j@example.org>\n\nEs ist groß."
    assert "unread" not in document.details


@pytest.mark.parametrize("content", [b"", b"Just some text.\n", bytes(range(256)) * 8])
def test_what_is_no_message_is_refused(content: bytes) -> None:
    """A file without sender, date and subject is no message."""
    with pytest.raises(LoadError, match="; "):
        load(content, "a.eml")


@given(st.integers(0), st.binary(max_size=6))
def test_damaged_messages_load_or_are_refused(at: int, damage: bytes) -> None:
    """Wherever a message is damaged, it loads or LoadError says why it doesn't."""
    message = mail()
    message.add_alternative("<p>It <b>opens</b>.</p>", subtype="html")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="plan.pdf")
    content = bytearray(message.as_bytes())
    at %= len(content)
    content[at : at + len(damage)] = damage
    if document := load_or_refuse(bytes(content), "a.eml"):
        check_structure(document)


# ── books ────────────────────────────────────────────────────────────────────

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf"/></rootfiles></container>'
)
OPF = (
    '<package xmlns="http://www.idpf.org/2007/opf"><metadata'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Bridges</dc:title>'
    "<dc:publisher>The Press</dc:publisher><dc:date>2021</dc:date></metadata><manifest>"
    '<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    '<item id="b" href="text/two%20b.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="a" href="text/one.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="i" href="a.png" media-type="image/png"/></manifest>'
    '<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/></spine></package>'
)
PAGE = (
    '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>'
    '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{}</body></html>'
)
NAV = PAGE.format(
    '<nav><ol><li><a href="text/one.xhtml">First</a></li>'
    '<li><a href="text/two%20b.xhtml#p">Wood &amp; rope</a></li></ol></nav>'
)


def epub(**others: str) -> bytes:
    parts = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OPS/book.opf": OPF,
        "OPS/nav.xhtml": NAV,
        "OPS/text/one.xhtml": PAGE.format(
            "<h1>Stone</h1><p>Stone lasts.</p><ul><li>Arch</li></ul>"
        ),
        "OPS/text/two b.xhtml": PAGE.format("<p>Rope does not last.</p>"),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in (parts | others).items():
            archive.writestr(name, text)
    return stream.getvalue()


def test_a_book_keeps_its_chapters() -> None:
    """Chapters come in the order of the book, named by their heading or the table of contents."""
    document = load(epub(), "a.epub")
    check_structure(document)
    assert document.title == "Bridges"
    assert document.details == {"publisher": "The Press", "date": "2021"}
    assert headings(document) == [("Stone",), ("Wood & rope",)]
    assert [kind for kind, _ in kinds(document)] == ["heading", "prose", "item", "heading", "prose"]
    assert document.text.endswith("Wood & rope\n\nRope does not last.")


@pytest.mark.parametrize("kind", ["text/xml", "application/octet-stream", "text/x-oeb1-document"])
def test_a_chapter_is_a_page_whatever_its_type_is_called(kind: str) -> None:
    """Old programs write types of their own."""
    package = OPF.replace(
        'one.xhtml" media-type="application/xhtml+xml', f'one.xhtml" media-type="{kind}'
    )
    assert kind in package
    assert headings(load(epub(**{"OPS/book.opf": package}), "a.epub"))[0] == ("Stone",)


def test_a_chapter_lies_in_no_other() -> None:
    """One that the table of contents names is as deep as those that name themselves."""
    one = PAGE.format("<h2>Stone</h2><p>Stone lasts.</p><h3>Arch</h3><p>It bends.</p>")
    document = load(epub(**{"OPS/text/one.xhtml": one}), "a.epub")
    assert headings(document) == [("Stone",), ("Stone", "Arch"), ("Wood & rope",)]
    two = PAGE.format("<h2>Rope</h2><p>It rots.</p>")
    first = {"OPS/text/one.xhtml": PAGE.format("<p>It lasts.</p>"), "OPS/text/two b.xhtml": two}
    assert headings(load(epub(**first), "a.epub")) == [("First",), ("Rope",)]


def test_a_chapter_is_cited_by_its_name() -> None:
    """An answer from a book says the chapter it is from."""
    reply = make_assistant(load(epub(), "a.epub")).ask("Rope does not last")
    assert reply.answered
    assert reply.citations[0].heading_path == ("Wood & rope",)


def test_a_missing_chapter_is_named_and_the_others_are_read() -> None:
    """A chapter that a book lists and lacks, or doesn't say where it is, leaves the rest whole."""
    package = OPF.replace("one.xhtml", "gone.xhtml").replace(
        "<spine>", '<spine><itemref idref="q"/>'
    )
    document = load(epub(**{"OPS/book.opf": package}), "a.epub")
    assert document.text == "Wood & rope\n\nRope does not last."
    assert document.details["unread"] == (
        "2 of 3 chapters can't be read ('q', 'OPS/text/gone.xhtml'); get the book anew"
    )


@pytest.mark.parametrize("nav", ["", "no XML"])
def test_chapters_are_read_without_the_list_of_them(nav: str) -> None:
    """A table of contents that can't be read is told, and costs the names that it gives."""
    document = load(epub(**{"OPS/nav.xhtml": nav}), "a.epub")
    assert document.text == "Stone\n\nStone lasts.\n\n- Arch\n\nRope does not last."
    assert document.details["unread"] == (
        "the list of chapters 'OPS/nav.xhtml' can't be read; get the book anew"
    )


@pytest.mark.parametrize(
    "others",
    [
        {"META-INF/container.xml": "<container/>"},
        {"META-INF/container.xml": ""},
        {"OPS/book.opf": "<package/>"},
        {"OPS/book.opf": OPF.replace("one.xhtml", "gone.xhtml").replace("two%20b", "gone")},
        {"OPS/text/one.xhtml": '<!DOCTYPE x [<!ENTITY e "eeee">]><p>&e;</p>'},
        {"META-INF/encryption.xml": '<e><EncryptionMethod Algorithm="aes"/></e>'},
    ],
)
def test_a_book_that_cannot_be_read_is_refused(others: dict[str, str]) -> None:
    """A book without container, chapters or with protection is refused with what to do."""
    with pytest.raises(LoadError, match="; "):
        load(epub(**others), "a.epub")


@given(st.integers(0), st.binary(min_size=1, max_size=4))
def test_damaged_books_load_or_are_refused(at: int, damage: bytes) -> None:
    """Wherever a book is damaged, it loads or LoadError says why it doesn't."""
    content = bytearray(epub())
    at %= len(content)
    content[at : at + len(damage)] = damage
    if document := load_or_refuse(bytes(content), "a.epub"):
        check_structure(document)
