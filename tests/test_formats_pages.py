"""PDF: pages, headings and paragraphs as a reader sees them; what can't be read is named."""

from __future__ import annotations

import random
from collections.abc import Callable
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from test_assistant import make_assistant
from test_loading import check_structure, headings, kinds, leads, load, load_or_refuse

from pp_qa.errors import LoadError
from pp_qa.indexing import update
from pp_qa.render.json import reply_json
from pp_qa.render.replies import reply_text
from pp_qa.render.updates import report_text
from pp_qa.settings import Settings
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder
from pp_qa.types import Document

FULL = "The harbour office reports that all of the ships which came in during the year paid"


def pdf(draw: Callable[[Canvas], object], **options: object) -> bytes:
    file = BytesIO()
    canvas = Canvas(file, pagesize=(595, 842), invariant=True, **options)
    draw(canvas)
    canvas.save()
    return file.getvalue()


def write(canvas: Canvas, y: float, *lines: str, x: float = 60, size: float = 10) -> float:
    """Lines under each other, and where a paragraph after them begins."""
    canvas.setFont("Helvetica", size)
    for line in lines:
        canvas.drawString(x, y, line)
        y -= 1.2 * size
    return y - 0.8 * size


def read(draw: Callable[[Canvas], object], **options: object) -> Document:
    document = load(pdf(draw, **options), "a.pdf")
    check_structure(document)
    assert document.pages[0].span.start == 0
    assert document.pages[-1].span.end == len(document.text)
    spans = [page.span for page in document.pages]
    assert all(a.end == b.start for a, b in pairwise(spans))
    return document


def picture(canvas: Canvas) -> None:
    from PIL import Image

    canvas.drawImage(ImageReader(Image.new("RGB", (8, 8), "red")), 0, 0, 500, 700)


def report(canvas: Canvas) -> None:
    """Four pages with a running header, page numbers, a list, a table and a broken paragraph."""
    canvas.setTitle("Harbour report")
    for number in range(1, 5):
        write(canvas, 815, "Annual report of the harbour office", size=8)
        write(canvas, 30, f"Page {number} of 4", x=280, size=8)
        y = 770.0
        if number == 1:
            y = write(canvas, y, "Ships of the year", size=18)
            y = write(canvas, y, FULL, "the fees that had been set in spring.")
            y = write(canvas, y, "These ships pay nothing:")
            y = write(canvas, y, "• ferries", "• tugs") + 8
            y = write(canvas, y, "Fees", size=14)
            for row in (("Ship", "Fee"), ("Yacht", "40 euros"), ("Barge", "75 euros")):
                write(canvas, y, row[0])
                write(canvas, y, row[1], x=200)
                y -= 14
            write(canvas, y - 8, FULL)
        else:
            write(canvas, y, f"what they owed for berth {number}.", f"Ends of part {number} here.")
        canvas.showPage()


def test_a_report_is_rebuilt() -> None:
    """Wrapped lines are joined, also over the border of pages; headings come from the size of
    letters, and what repeats at the edges is kept once."""
    document = read(report)
    assert document.title == "Harbour report"
    assert kinds(document)[:12] == [
        ("navigation", "Annual report of the harbour office"),
        ("heading", "Ships of the year"),
        ("prose", f"{FULL} the fees that had been set in spring."),
        ("lead", "These ships pay nothing:"),
        ("item", "• ferries"),
        ("item", "• tugs"),
        ("heading", "Fees"),
        ("item", "Ship; Fee"),
        ("item", "Yacht; 40 euros"),
        ("item", "Barge; 75 euros"),
        ("prose", f"{FULL} what they owed for berth 2."),
        ("prose", "Ends of part 2 here."),
    ]
    assert leads(document) == [
        ("• ferries", "These ships pay nothing:"),
        ("• tugs", "These ships pay nothing:"),
        ("Ship; Fee", None),
        ("Yacht; 40 euros", "Ship; Fee"),
        ("Barge; 75 euros", "Ship; Fee"),
    ]
    assert headings(document) == [("Ships of the year",), ("Ships of the year", "Fees")]
    second = document.pages[1].span
    assert second.of(document.text).startswith("what they owed for berth 2.")
    assert "Page" not in document.text


def test_a_quote_has_its_page() -> None:
    """A question is answered with the page on which the sentence stands."""
    reply = make_assistant(read(report)).ask("Where are the ends of part 3 here?", min_confidence=0)
    assert reply.answered
    assert reply.citations[0].quote.text == "Ends of part 3 here."
    assert reply.citations[0].page == 3
    assert reply.citations[0].page_name == "page 3"


def test_a_chapter_on_two_pages_repeats_its_name_once() -> None:
    """A line that counts the pages at their edge is furniture on two of them already; the same
    words elsewhere, or counted otherwise, are text."""

    def draw(canvas: Canvas) -> None:
        for number, chapter in enumerate(["Pumps", "Pumps", "Filters"], 1):
            write(canvas, 815, f"Chapter of {chapter} {number + 7}")
            write(canvas, 700, f"Part {number * 5}", "Pumps are told of.")
            canvas.showPage()

    document = read(draw)
    assert [text for kind, text in kinds(document) if kind == "navigation"] == [
        "Chapter of Pumps 8"
    ]
    assert document.text.count("Chapter of Pumps") == 1
    assert document.text.count("Pumps are told of.") == 3


@pytest.mark.parametrize(
    ("first", "names"),
    [("9:00 - 17:00", False), ("£12.50", False), ("2023", True), ("Hours", True)],
)
def test_a_row_with_amounts_names_no_columns(first: str, names: bool) -> None:
    """Nor one with times; years do."""
    rows = [("Monday", first), ("Tuesday", "10:00 - 16:00"), ("Sunday", "closed")]

    def draw(canvas: Canvas) -> None:
        for y, (day, hours) in enumerate(rows):
            canvas.drawString(60, 700 - 14 * y, day)
            canvas.drawString(200, 700 - 14 * y, hours)

    header = f"Monday; {first}" if names else None
    assert [lead for _, lead in leads(read(draw))] == [None, header, header]


def test_facts_under_each_other_stay_apart() -> None:
    """However full their lines are."""
    facts = ["Invoice no: 123", "Issued on: 4 May 2024", "Payable by: 3 June 2024"]

    def draw(canvas: Canvas) -> None:
        write(canvas, 700, *facts)

    assert [text for _, text in kinds(read(draw))] == facts


def test_a_letter_of_two_pages_has_a_running_head() -> None:
    """It divides no sentence, and is kept once."""

    def draw(canvas: Canvas) -> None:
        for lines in ([FULL] * 3, ["their dues in time.", "That is all."]):
            write(canvas, 812, "Harbour Office, 1 Quay Street", size=8)
            write(canvas, 700, *lines)
            canvas.showPage()

    document = read(draw)
    assert document.text.count("Quay Street") == 1
    assert kinds(document)[0] == ("navigation", "Harbour Office, 1 Quay Street")
    assert f"{FULL}\ntheir dues" in document.text or f"{FULL} their dues" in document.text


def test_a_running_head_may_end_with_a_year() -> None:
    """The year counts no pages, and no sentence is parted by it."""

    def draw(canvas: Canvas) -> None:
        for number in range(1, 4):
            write(canvas, 815, "Harbour Office, Annual Report 2024", size=8)
            write(canvas, 760, f"Ships of berth {number}.", FULL[: FULL.rindex(" ")])
            canvas.showPage()

    document = read(draw)
    assert document.text.count("Annual Report 2024") == 1
    assert kinds(document)[0] == ("navigation", "Harbour Office, Annual Report 2024")


def test_broken_words_are_made_whole() -> None:
    """A hyphen at the end of a line goes, unless a capital or number follows or the document
    writes the word with it elsewhere; ligatures come apart."""

    def draw(canvas: Canvas) -> None:
        lines = ["This is a hyphen-", "ated word and a well-", "known one of COVID-", "19."]
        write(canvas, 700, *lines)
        write(canvas, 600, "It is as well-known as other words.")

    text = "This is a hyphenated word and a well-known one of COVID-19."
    assert read(draw).text == f"{text}\n\nIt is as well-known as other words."


def test_a_line_goes_on_after_an_exponent() -> None:
    """Letters set higher or lower end no line, and digits among them are exponents; the mark
    before a note belongs to it."""

    def draw(canvas: Canvas) -> None:
        parts = [("There were 10", 0), ("6", 4), (" ships.", 0), ("1", 4), (" The H", 0), ("2", -2)]
        shifted(canvas, 700, *parts, ("O of 5 m", 0), ("2", 4), (" flows.", 0))
        shifted(canvas, 600, ("1", 4), (" In spring.", 0))

    text = "There were 10⁶ ships.¹ The H2O of 5 m² flows."
    assert kinds(read(draw)) == [("prose", text), ("prose", "¹ In spring.")]


def shifted(canvas: Canvas, y: float, *parts: tuple[str, int]) -> None:
    """A line whose parts stand so many points above it, in smaller letters."""
    line = canvas.beginText(60, y)
    for text, rise in parts:
        line.setFont("Helvetica", 7 if rise else 10)
        line.setRise(rise)
        line.textOut(text)
    canvas.drawText(line)


def noted(canvas: Canvas) -> None:
    """A paragraph that goes on over two pages, each with a running head and a note."""
    for number, lines in ((1, [FULL, FULL]), (2, ["what they owed in spring."])):
        canvas.setFont("Helvetica", 10)
        canvas.drawString(60, 815, "Report")
        canvas.drawRightString(430, 815, str(number))
        write(canvas, 700, *lines)
        write(canvas, 100, f"{number} A note of page {number}.", size=8)
        canvas.showPage()


def test_a_sentence_goes_on_over_a_note() -> None:
    """What stands under a paragraph at the bottom of its page goes before it, so that it is
    whole; a running head is never quoted."""
    document = read(noted)
    assert kinds(document) == [
        ("navigation", "Report 1"),
        ("prose", "1 A note of page 1."),
        ("prose", f"{FULL} {FULL} what they owed in spring."),
        ("prose", "2 A note of page 2."),
    ]
    second = document.pages[1].span.of(document.text)
    assert second.startswith("what they owed")
    assert second.endswith("2 A note of page 2.")


@pytest.mark.parametrize("angle", [90, -90])
def test_what_runs_up_the_margin_is_never_quoted(angle: int) -> None:
    """A stamp in the margin, however large, is no heading and parts no sentence; a page all of
    which is turned is text."""

    def stamped(canvas: Canvas) -> None:
        for lines in ([FULL, FULL, FULL, FULL], ["what they owed in the spring."]):
            write(canvas, 700, *lines)
            turned(canvas, "Downloaded in 2023")
            canvas.showPage()

    def turned(canvas: Canvas, text: str) -> None:
        canvas.translate(30, 400)
        canvas.rotate(angle)
        write(canvas, 0, text, x=0, size=20)

    assert kinds(read(stamped)) == [
        ("navigation", "Downloaded in 2023"),
        ("prose", f"{FULL} {FULL} {FULL} {FULL} what they owed in the spring."),
    ]
    assert [kind for kind, _ in kinds(read(lambda canvas: turned(canvas, "All of it.")))] == [
        "prose"
    ]


def test_columns_are_read_one_after_the_other() -> None:
    """Two columns whose lines were written across the page are taken apart."""

    def draw(canvas: Canvas) -> None:
        left = ["In the left column there stands", "a text that goes on for a while"]
        left += ["until at its end, after four lines", "it is over."]
        right = ["On the right side is another.", "It has nothing to do with what"]
        right += ["the first of them has told and", "one says of it all."]
        for i, (a, b) in enumerate(zip(left, right, strict=True)):
            write(canvas, 700 - 12 * i, a)
            write(canvas, 700 - 12 * i, b, x=320)

    assert [text for _, text in kinds(read(draw))] == [
        "In the left column there stands a text that goes on for a while until at its end, after"
        " four lines it is over.",
        "On the right side is another. It has nothing to do with what the first of them has told"
        " and one says of it all.",
    ]


def test_headings_come_from_the_outline() -> None:
    """What the outline names is a heading of the outline's level, whatever its letters."""

    def draw(canvas: Canvas) -> None:
        for level, title in enumerate(["Pumps", "Care of pumps"]):
            canvas.bookmarkPage(title)
            canvas.addOutlineEntry(title, title, level)
        y = write(canvas, 700, "1. Pumps")
        y = write(canvas, y, "They move water.")
        y = write(canvas, y, "Care of pumps")
        write(canvas, y, "Oil them.")

    assert headings(read(draw)) == [("1. Pumps",), ("1. Pumps", "Care of pumps")]


TITLE, MORE = "Ships of the northern harbour", "in the years between the wars"


def head(*lines: tuple[float, float, str, bool]) -> Callable[[Canvas], object]:
    """Large lines, each with its distance from the one above and its left end, over text."""

    def draw(canvas: Canvas) -> None:
        y = 780.0
        for down, left, text, bold in lines:
            y -= down
            canvas.setFont("Helvetica-Bold" if bold else "Helvetica", 16)
            canvas.drawString(left, y, text)
        y -= 30
        for _ in range(4):
            y = write(canvas, y, FULL, FULL, "what they owed.")

    return draw


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # A heading of several lines, plain, centred and hanging under its number.
        ([(0, 60, TITLE, False), (19, 60, MORE, False)], [f"{TITLE} {MORE}"]),
        ([(0, 60, TITLE, True), (22, 60, MORE, True)], [f"{TITLE} {MORE}"]),
        ([(0, 190, TITLE, False), (19, 240, "and its towns", False)], [f"{TITLE} and its towns"]),
        ([(0, 60, f"1 {TITLE}", False), (19, 80, MORE, False)], [f"1 {TITLE} {MORE}"]),
        ([(0, 60, "Chapter 1", True), (19, 60, TITLE, True)], [f"Chapter 1 {TITLE}"]),
        # Another heading: further down, of another weight, numbered, further out.
        ([(0, 60, TITLE, False), (25.5, 60, "Introduction", False)], [TITLE, "Introduction"]),
        (
            [(0, 60, TITLE, True), (19, 60, MORE, True), (23, 60, "Introduction", True)],
            [f"{TITLE} {MORE}", "Introduction"],
        ),
        ([(0, 60, TITLE, True), (19, 60, "Introduction", False)], [TITLE, "Introduction"]),
        ([(0, 60, TITLE, False), (19, 60, "1 Introduction", False)], [TITLE, "1 Introduction"]),
        ([(0, 60, "1 Fees", True), (19, 60, "1.1 Who pays", True)], ["1 Fees", "1.1 Who pays"]),
        ([(0, 60, TITLE, True), (19, 60, "II. Fees", True)], [TITLE, "II. Fees"]),
        ([(0, 190, TITLE, False), (19, 60, "Introduction", False)], [TITLE, "Introduction"]),
    ],
)
def test_headings_that_follow_each_other_are_apart(
    lines: list[tuple[float, float, str, bool]], expected: list[str]
) -> None:
    """Two headings under each other are two, and one that goes on in a second line is one."""
    found = [text for kind, text in kinds(read(head(*lines))) if kind == "heading"]
    assert found == expected


def test_a_heading_ends_where_the_outline_says() -> None:
    """Whatever comes directly under it."""

    def draw(canvas: Canvas) -> None:
        canvas.bookmarkPage("a")
        canvas.addOutlineEntry(f"{TITLE} {MORE}", "a", 0)
        head((0, 60, TITLE, True), (19, 60, MORE, True), (19, 60, "Who pays", True))(canvas)

    found = [text for kind, text in kinds(read(draw)) if kind == "heading"]
    assert found == [f"{TITLE} {MORE}", "Who pays"]


def test_pages_keep_their_printed_labels() -> None:
    """The label is what the file says is printed on a page, else its number."""

    def draw(canvas: Canvas) -> None:
        for i in range(4):
            write(canvas, 700, f"Text of page {i} of the book.")
            canvas.showPage()

    labels = b"/PageLabels << /Nums [0 << /S /r >> 2 << /S /D /St 1 >>] >> /Type /Catalog"
    content = pdf(draw).replace(b"/Type /Catalog", labels)
    pages = load(content, "a.pdf").pages
    assert [(p.number, p.label) for p in pages] == [(1, "i"), (2, "ii"), (3, "1"), (4, "2")]
    assert [(p.number, p.label) for p in read(draw).pages][-1] == (4, "4")
    reply = make_assistant(load(content, "a.pdf")).ask("text of page 1 of the book?")
    assert reply.answered
    assert (reply.citations[0].page, reply.citations[0].page_name) == (2, "page ii")
    assert "page ii" in reply_text(reply)
    assert reply_json(reply)["quotes"][0]["page_label"] == "ii"


def test_a_turned_page_is_read_as_it_is_seen() -> None:
    """A page that is shown turned has lines and paragraphs like any other."""

    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        canvas.rotate(90)
        write(canvas, -100, FULL, "what they owed.")

    assert read(draw).text == f"{FULL} what they owed."


def test_what_is_filled_into_a_form_is_text() -> None:
    """The values of form fields stand on the page."""

    def draw(canvas: Canvas) -> None:
        write(canvas, 700, "Name:")
        canvas.acroForm.textfield(name="n", value="Ada Lovelace", x=100, y=690)

    assert "Ada Lovelace" in read(draw).text


# ── what can't be read is named ──────────────────────────────────────────────


def scanned(canvas: Canvas) -> None:
    for i in range(6):
        if i in (2, 3, 5):
            picture(canvas)
        elif i != 4:  # an empty page says nothing, and that is all there is to say
            write(canvas, 700, f"Text of page {i + 1} is here.")
        canvas.showPage()


def test_pages_without_text_are_named(corpus: Path) -> None:
    """Scanned pages are named in the document, in the report of the update and in the catalog."""
    unread = "pages 3–4, 6 have no text: they are pictures; run text recognition (OCR) on them"
    assert read(scanned).details == {"unread": unread}
    (corpus / "scan.pdf").write_bytes(pdf(scanned))
    settings = Settings(corpus_dir=corpus, index_dir=corpus.parent / "index")
    store, done = update(MemoryStore(), FakeEmbedder(), corpus, settings)
    assert f"scan.pdf: {unread}" in done.notes
    assert f"scan.pdf: {unread}" in report_text(done)
    assert store.documents()[0].details["unread"] == unread


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (pdf(picture), "made of pictures"),
        (pdf(lambda canvas: canvas.showPage()), "pages are empty"),
        (pdf(report, encrypt="secret"), "password"),
        (b"%PDF-1.7\nnothing of the kind", "damaged or no PDF"),
        (b"", "damaged or no PDF"),
        (
            b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]"
            b"/Count 0>>endobj trailer<</Root 1 0 R>>",
            "no pages|damaged",
        ),
    ],
)
def test_a_file_that_holds_no_text_is_refused(content: bytes, reason: str) -> None:
    """The reason says what is wrong with it, and what to do."""
    with pytest.raises(LoadError, match=reason) as refusal:
        load(content, "a.pdf")
    assert "; " in str(refusal.value)


def test_a_file_that_anyone_may_open_is_read() -> None:
    """A PDF with an owner's password only is opened without one."""
    locked = pdf(report, encrypt=StandardEncryption("", ownerPassword="x"))
    assert load(locked, "a.pdf").text == load(pdf(report), "a.pdf").text


def test_a_tree_of_pages_that_loops_is_read_or_refused() -> None:
    """A page tree that contains itself ends."""
    looping = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]"
        b"/Count 9>>endobj\ntrailer<</Root 1 0 R>>"
    )
    load_or_refuse(looping, "a.pdf")


def test_damaged_files_raise_nothing_but_load_errors() -> None:
    """Cut, mutated and random bytes are read as far as they go, or refused."""
    content, random_ = pdf(report), random.Random(5)
    cases = [content[: random_.randrange(len(content))] for _ in range(20)]
    for _ in range(60):
        damaged = bytearray(content)
        for _ in range(random_.randint(1, 30)):
            damaged[random_.randrange(len(damaged))] = random_.randrange(256)
        cases.append(bytes(damaged))
    cases += [b"%PDF-1.4\n" + random_.randbytes(500) for _ in range(10)]
    cases.append(content.replace(b"startxref", b"startxxxx"))
    for case in cases:
        if document := load_or_refuse(case, "a.pdf"):
            check_structure(document)
