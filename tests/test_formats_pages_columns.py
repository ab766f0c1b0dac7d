"""Tables and columns on the pages of a PDF: a row is one line that can be quoted, however its
cells were broken, and a sentence goes on where its column was full."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen.canvas import Canvas
from test_formats_pages import FULL, read, write
from test_loading import kinds

from pp_qa.loading.pdf_lines import Cell, Line
from pp_qa.loading.pdf_tables import with_rows

OFFICES = (
    (["Office"], ["Duties"], ["Contact"]),
    (
        ["Data protection", "officer"],
        ["Answers all who ask what is", "known of them, with-", "in a month."],
        ["Anna Schmidt,", "room 214"],
    ),
    (["Caretaker"], ["Keeps the keys."], ["Tom Brown"]),
)
ROWS = [
    "Office; Duties; Contact",
    "Data protection officer; Answers all who ask what is known of them, within a month.;"
    " Anna Schmidt, room 214",
    "Caretaker; Keeps the keys.; Tom Brown",
]
WRAPPED_NAMES = (
    (["Name of", "product"], ["Price without", "tax"], ["Delivery"]),
    (["Widget"], ["12 euros"], ["3 days"]),
    (["Gadget"], ["25 euros"], ["5 days, to", "islands 14"]),
)


def table(
    canvas: Canvas, rows: tuple[tuple[list[str], ...], ...], *, centred: bool = False
) -> None:
    """Rows as most programs write them, cell by cell."""
    y = write(canvas, 700, FULL, "the fee for the quay.")
    for row in rows:
        height = 12 * max(map(len, row))
        for x, cell in zip((60, 180, 400), row, strict=True):
            write(canvas, y - (height - 12 * len(cell)) / 2 * centred, *cell, x=x)
        y -= height + 6
    write(canvas, y - 6, FULL, "the fee for the quay.")


@pytest.mark.parametrize("centred", [False, True])
def test_cells_that_were_broken_are_one_row(centred: bool) -> None:
    """Each row of a table is one item under the header, its cells made whole, whether they hang
    from the top of the row or stand in its middle."""
    document = read(lambda canvas: table(canvas, OFFICES, centred=centred))
    rows = [block for block in document.blocks if block.kind == "item"]
    assert [row.span.of(document.text) for row in rows] == ROWS
    assert [row.lead for row in rows] == [None, rows[0].span, rows[0].span]


def test_cells_between_the_lines_of_another_are_cells() -> None:
    """Letters half a line lower than those of the cell beside them, which pdfium takes for one line."""
    noon = (["12:00"], ["Break"], ["Lunch in the hall", "of the town"])
    document = read(lambda canvas: table(canvas, (*OFFICES, noon), centred=True))
    assert ("item", "12:00; Break; Lunch in the hall of the town") in kinds(document)


def test_names_of_columns_may_be_broken() -> None:
    """A table may begin with a cell that was broken."""
    document = read(lambda canvas: table(canvas, WRAPPED_NAMES))
    assert [text for kind, text in kinds(document) if kind == "item"] == [
        "Name of product; Price without tax; Delivery",
        "Widget; 12 euros; 3 days",
        "Gadget; 25 euros; 5 days, to islands 14",
    ]


def test_rows_of_a_form_stand_alone() -> None:
    """What ends in a colon names what stands beside it, and no row of a form names the others."""
    rows = ((["Name:"], ["Anna Holm"], ["Chair"]), (["Phone:"], ["555 1234"], ["daily"]))
    document = read(lambda canvas: table(canvas, rows))
    items = [block for block in document.blocks if block.kind == "item"]
    found = [item.span.of(document.text) for item in items]
    assert found == ["Name: Anna Holm; Chair", "Phone: 555 1234; daily"]
    assert not any(item.lead for item in items)


def test_a_table_without_names_of_columns_has_none() -> None:
    """A first row with sentences or a year in front is a row like any other; a row with an empty
    cell stands under the same names as those around it."""
    jobs = ((["2012"], ["Engineer"], ["Graz"]), (["2019"], ["Head"], ["Wels"]))
    named = ((["Job"], ["Title"], ["Town"]), (["First"], ["Engineer"], []), *jobs)
    for rows, names in ((jobs, None), (named, "Job; Title; Town")):
        document = read(lambda canvas, rows=rows: table(canvas, rows))
        _, *items = [block for block in document.blocks if block.kind == "item"]
        assert {item.lead and item.lead.of(document.text) for item in items} == {names}


def test_text_in_two_columns_is_no_table() -> None:
    """Of columns that were written one after the other, nothing is put beside each other."""

    def draw(canvas: Canvas) -> None:
        for x, side in ((60, "left"), (320, "right")):
            y = 700.0
            for name in ("First", "Second", "Third"):
                text = f"{name} on the {side} there stands"
                y = write(canvas, y, text, "a text that goes on for a line.", x=x)

    assert [text for _, text in kinds(read(draw))] == [
        f"{name} on the {side} there stands a text that goes on for a line."
        for side in ("left", "right")
        for name in ("First", "Second", "Third")
    ]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 12), st.integers(0, 20))))
def test_no_line_is_lost_between_rows(places: list[tuple[int, int, int]]) -> None:
    """Wherever lines stand, each is in one row or stays as it is, in their order."""
    lines = [
        Line([Cell(f"a{i}", 30.0 * left, 30.0 * left + 12 * wide)], 0, 800 - 12.0 * down, 10.0)
        for i, (left, wide, down) in enumerate(places)
    ]
    found = with_rows(lines)
    kept = [line for part in found for line in getattr(part, "lines", [part])]
    assert [line.text for line in kept] == [line.text for line in lines]


def test_sums_stay_apart_from_the_numbers_above_them() -> None:
    """A number under a number is none of the same cell."""
    rows = ((["Thing"], ["How many"], ["Euros"]), (["Nails"], ["300"], ["30"]))

    def draw(canvas: Canvas) -> None:
        table(canvas, (*rows, (["Glue for", "wood"], ["2"], ["10", "40"])))

    assert ("item", "Glue for wood; 2; 10 40") not in kinds(read(draw))


def test_a_column_is_as_wide_as_itself() -> None:
    """Lines of a column are full where the column ends, not where a text above both columns
    does: a sentence goes on with a name in the next line."""
    abstract = [FULL, "the fee that the council of the town had asked for in the year before."]
    left = ["The talks of the two were opened by", "Chancellor Olaf Scholz and the envoy of"]
    left += ["France on the third day of the month."] + ["It went on for a while and they were"] * 5
    right = ["all of them content, as they told at"] * 8

    def draw(canvas: Canvas) -> None:
        y = write(canvas, 760, *abstract)
        write(canvas, y, *left)
        write(canvas, y, *right, x=320)

    texts = [text for _, text in kinds(read(draw))]
    assert texts[0] == " ".join(abstract)
    assert texts[1].startswith(" ".join(left[:3]))


def test_a_line_without_room_for_the_next_word_was_broken() -> None:
    """A sentence goes on after a line that is short because a long word follows."""
    lines = [FULL, "the fee that was due, but none of them was told by the office of the"]
    lines += ["Harbourmaster-General, who was away in the north with his ships until May."]
    assert kinds(read(lambda canvas: write(canvas, 700, *lines))) == [("prose", " ".join(lines))]


def test_lines_of_japanese_are_joined_without_spaces() -> None:
    """Where words have no spaces between them, a line end is none either."""
    registerFont(UnicodeCIDFont("HeiseiMin-W3"))

    def draw(canvas: Canvas) -> None:
        canvas.setFont("HeiseiMin-W3", 10)
        canvas.drawString(
            60, 700, "昨年この港に入った船はすべて、町の議会が決めた料金を支払った。それは"
        )
        canvas.drawString(60, 688, "以前よりも高かった。")

    assert [text for _, text in kinds(read(draw))] == [
        "昨年この港に入った船はすべて、町の議会が決めた料金を支払った。それは以前よりも高かった。"
    ]
