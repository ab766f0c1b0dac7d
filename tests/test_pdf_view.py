"""The pages of a PDF as they look: a box lies on a quote's own letters, and on nothing else.

The words that a quote is of are drawn black, all others red: what of either lies in the boxes is
counted in the picture.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pypdfium2 import PdfDocument
from reportlab.pdfgen.canvas import Canvas
from test_formats_pages import pdf, report
from test_loading import load

from pp_qa.errors import LoadError
from pp_qa.loading import content_hash
from pp_qa.loading import pdf as pdf_module
from pp_qa.loading.isolation import Limits
from pp_qa.loading.pdf_lines import PageLines, read_page
from pp_qa.loading.pdf_view import Box, PageText, PdfView
from pp_qa.loading.viewing import Viewer
from pp_qa.types import Document, Span

WIDTH = 1_300
COUNTING = (
    "gets ready to leave from the northern quay of the old harbour, where it waits for the tide"
)


def ink(canvas: Canvas, y: float, *runs: tuple[str, str], x: float = 60, size: float = 10) -> None:
    """One line of words in several colours."""
    line = canvas.beginText(x, y)
    line.setFont("Helvetica", size)
    for colour, words in runs:
        line.setFillColor(colour)
        line.textOut(words)
    canvas.drawText(line)


def paragraph(canvas: Canvas) -> None:
    ink(canvas, 700, ("red", f"Every ship {COUNTING} and then "), ("black", "sails"))
    ink(canvas, 688, ("black", "away from the penguins."), ("red", " Nobody saw the others go."))


QUOTED = "sails away from the penguins."


def hyphened(canvas: Canvas) -> None:
    ink(canvas, 700, ("red", f"Every ship {COUNTING} and "), ("black", "sails a"), ("blue", "-"))
    ink(canvas, 688, ("black", "way from the penguins."), ("red", " Nobody saw the others go."))


def columns(canvas: Canvas) -> None:
    left = [
        "In the left column there stands",
        "a text that goes on for a while",
        "until it then sails",
    ]
    right = [
        "On the right side is another.",
        "It has nothing to do with that",
        "which the first of them told us",
    ]
    for i, (a, b) in enumerate(
        zip([*left, "away from the penguins."], [*right, "of it."], strict=True)
    ):
        words = a.rpartition(" ") if i == 2 else ("", "", a)
        first = ("red", words[0] + words[1]) if i == 2 else ("red", "")
        ink(canvas, 700 - 12 * i, first, ("black" if i > 1 else "red", words[2]))
        ink(canvas, 700 - 12 * i, ("red", b), x=320)


def turned(canvas: Canvas) -> None:
    canvas.setPageRotation(90)
    canvas.rotate(90)
    canvas.translate(0, -842)
    paragraph(canvas)


def twice(canvas: Canvas) -> None:
    """The same sentence stands before it, in red."""
    ink(canvas, 760, ("red", "The ferry sails away from the penguins. The other ones do not."))
    paragraph(canvas)


def over_pages(canvas: Canvas) -> None:
    ink(canvas, 60, ("red", f"Every ship {COUNTING} and then "), ("black", "sails"))
    canvas.showPage()
    ink(canvas, 780, ("black", "away from the penguins."), ("red", " Nobody saw the others go."))


def pixels(view: PdfView, page: int) -> NDArray[np.int64]:
    """A page's picture, shape (height, width, 3)."""
    return np.asarray(Image.open(BytesIO(view.picture(page, WIDTH))).convert("RGB")).astype(int)


def covered(shape: tuple[int, ...], boxes: Sequence[Box], slack: int) -> NDArray[np.bool_]:
    """Which pixels lie in boxes that are made larger by so many."""
    high, wide = shape[:2]
    mask = np.zeros((high, wide), dtype=bool)
    for b in boxes:
        top, left = (max(0, round(at) - slack) for at in (b.top * high, b.left * wide))
        mask[top : round(b.bottom * high) + slack, left : round(b.right * wide) + slack] = True
    return mask


@pytest.mark.parametrize(
    "draw", [paragraph, hyphened, columns, turned, twice, over_pages], ids=lambda d: d.__name__
)
def test_boxes_lie_on_the_quote_and_on_nothing_else(draw: Callable[[Canvas], None]) -> None:
    """All its ink is in them and no other word's: over lines, hyphens, columns and pages, turned,
    cut to another box, or where the same words stand elsewhere too."""
    content = pdf(draw)
    cropped = re.sub(rb"/MediaBox \[[^]]*\]", rb"\g<0> /CropBox [ 40 30 570 830 ]", content)
    assert cropped != content
    for made in (content, cropped):
        check_boxes(made)


def check_boxes(content: bytes) -> None:
    document = load(content, "a.pdf")
    start = document.text.rindex(QUOTED)
    view = PdfView(content)
    quoted = [Span(start, start + len(QUOTED))]
    (boxes,) = view.boxes(quoted, texts(document))
    assert view.boxes(quoted) == [boxes]
    assert len(boxes) == 2
    for page in range(1, len(view.sizes()) + 1):
        image, here = pixels(view, page), [b for b in boxes if b.page == page]
        dark = image[..., 1:].max(axis=2) < 90
        black, red = dark & (image[..., 0] < 90), dark & (image[..., 0] > 200)
        assert black.sum() > 100
        assert not (black & ~covered(image.shape, here, 1)).any()
        assert not (red & covered(image.shape, here, -1)).any()


def test_every_stretch_of_a_report_has_its_boxes() -> None:
    """Headings, items, rows and furniture too: each word's box is on the word's own page."""
    content = pdf(report)
    document = load(content, "a.pdf")
    view = PdfView(content)
    for block, found in zip(
        document.blocks, view.boxes([b.span for b in document.blocks]), strict=True
    ):
        pages = {p.number for p in document.pages if p.span.overlap(block.span)}
        assert {b.page for b in found} == pages
        assert all(0 <= b.left < b.right <= 1 and 0 <= b.top < b.bottom <= 1 for b in found)
    row = document.text.index("Yacht; 40 euros")
    (cells,) = view.boxes([Span(row, row + 15)])
    assert len(cells) == 2
    assert cells[0].right < cells[1].left


def texts(document: Document) -> list[PageText]:
    return [PageText(p.number, p.span.start, p.span.of(document.text)) for p in document.pages]


def volume(canvas: Canvas) -> None:
    """Forty pages in four chapters, with running titles left and right, and their numbers."""
    for number in range(1, 41):
        chapter = f"Chapter {(number + 9) // 10}"
        ink(canvas, 810, ("black", "The whole book" if number % 2 else chapter))
        if number % 10 == 1:
            ink(canvas, 760, ("black", chapter), size=16)
        for i in range(20):
            ink(canvas, 720 - 14 * i, ("black", f"Ship {i} of page {number} waits for the"))
        ink(canvas, 30, ("black", str(number)))
        canvas.showPage()


@pytest.fixture
def pages_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The pages that are read, one after the other."""
    found: list[int] = []

    def noting(opened: PdfDocument, number: int) -> PageLines:
        found.append(number + 1)
        return read_page(opened, number)

    monkeypatch.setattr(pdf_module, "read_page", noting)
    return found


def test_a_page_and_some_around_it_tell_where_its_text_stands(pages_read: list[int]) -> None:
    """The rest of a long document need not be read, and all of it would tell the same."""
    content = pdf(volume)
    document = load(content, "a.pdf")
    view, whole = PdfView(content), PdfView(content)
    for known in texts(document):
        pages_read.clear()
        span = [Span(known.start + 2, known.start + len(known.text) - 2)]
        near = view.boxes(span, [known])
        assert pages_read == [n for n in range(known.page - 4, known.page + 5) if 1 <= n <= 40]
        assert near == whole.boxes(span) != [[]]


def test_where_a_page_does_not_tell_the_whole_document_does(pages_read: list[int]) -> None:
    """As where what repeats far away is left out: there, a page's text is another than it seems."""
    content = pdf(volume)
    document = load(content, "a.pdf")
    known = texts(document)[20]
    span = [Span(known.start + 2, known.start + 40)]
    other = known._replace(text=f"Another title\n\n{known.text}")
    assert PdfView(content).boxes(span, [other]) == PdfView(content).boxes(span)
    assert set(pages_read) == set(range(1, 41))


def test_letters_of_other_forms_are_found() -> None:
    """A ligature is one drawing for two letters, and an accent none of its own."""
    content = pdf(
        lambda canvas: ink(canvas, 700, ("black", "A caf\u00e9 of penguins is here, they say."))
    )
    text = load(content, "a.pdf").text
    (boxes,) = PdfView(content).boxes([Span(text.index("café"), text.index("café") + 4)])
    assert len(boxes) == 1
    assert 0.1 < boxes[0].left < boxes[0].right < 0.2


def test_a_picture_is_as_wide_as_asked_within_bounds() -> None:
    """A page of an absurd shape makes no absurd picture."""
    view = PdfView(pdf(report))
    assert pixels(view, 1).shape[1] == WIDTH
    tall = pdf(lambda canvas: (canvas.setPageSize((10, 14_000)), canvas.drawString(1, 9, "x")))
    wide, high = Image.open(BytesIO(PdfView(tall).picture(1, 2_800))).size
    assert wide * high <= 16_100_000


# ── in a process of its own ──────────────────────────────────────────────────


@pytest.fixture(scope="module")
def viewer() -> Iterator[Viewer]:
    made = Viewer(Limits())
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf(report))
    return path


def test_a_viewer_gives_what_the_view_gives(viewer: Viewer, file: Path) -> None:
    """Sizes, boxes and pictures come through the other process as they are."""
    content = file.read_bytes()
    view, revision = PdfView(content), content_hash(content)
    assert [tuple(size) for size in viewer.sizes(file, revision)] == view.sizes()
    pages = texts(load(content, "a.pdf"))
    boxes = viewer.boxes(file, revision, [Span(40, 90)], pages)
    assert boxes == view.boxes([Span(40, 90)], pages)
    assert viewer.picture(file, revision, 2, 600) == view.picture(2, 600)


def test_another_revision_is_not_shown(viewer: Viewer, file: Path, tmp_path: Path) -> None:
    """A file that has changed, is gone or is no PDF is refused, with the reason."""
    for path, revision, reason in (
        (file, content_hash(b"other"), "has changed since it was indexed"),
        (tmp_path / "none.pdf", "", "can't be opened"),
    ):
        with pytest.raises(LoadError, match=reason):
            viewer.sizes(path, revision)
    file.write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(LoadError, match="damaged or no PDF"):
        viewer.sizes(file, content_hash(b"%PDF-1.7 nothing"))


def test_a_page_that_is_not_there_is_refused(viewer: Viewer, file: Path) -> None:
    """And the next one is shown all the same."""
    revision = content_hash(file.read_bytes())
    with pytest.raises(LoadError):
        viewer.picture(file, revision, 99, 600)
    assert viewer.picture(file, revision, 1, 600)


def test_what_takes_too_long_is_given_up(file: Path) -> None:
    """The process that shows pages has the limits of reading, and is started again after them."""
    revision = content_hash(file.read_bytes())
    slow = Viewer(Limits(seconds=0.001))

    def look() -> None:
        for width in range(600, 2_800):
            slow.picture(file, revision, 1, width)

    with pytest.raises(LoadError, match="takes longer"):
        look()
    slow.close()
