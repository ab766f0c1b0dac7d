"""CSV files and Excel workbooks: every row is a line that can be quoted alone."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet
from strategies import ODD
from test_assistant import make_assistant
from test_loading import check_structure, headings, load, load_or_refuse

from pp_qa.chunking import chunk
from pp_qa.errors import LoadError
from pp_qa.loading.number_formats import shown
from pp_qa.types import Document


def rows(text: str | bytes, name: str = "a.csv") -> list[str]:
    content = text if isinstance(text, bytes) else text.encode()
    document = load(content, name)
    check_structure(document)
    assert document.text == "\n".join(document.text.split("\n"))
    return [line for line in document.text.split("\n") if line]


def saved(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def sheet(*lines: list[object], name: str = "Data") -> tuple[openpyxl.Workbook, Worksheet]:
    book = openpyxl.Workbook()
    book.active.title = name
    for line in lines:
        book.active.append(line)
    return book, book.active


def book(*lines: list[object]) -> Document:
    return load(saved(sheet(*lines)[0]), "a.xlsx")


# ── delimited text ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_row_carries_the_names_of_its_columns(delimiter: str, encoding: str) -> None:
    """Whatever the delimiter and the encoding, a row is a line that says what its cells are."""
    table = [["Land", "Hauptstadt", "Größe"], ["Österreich", "Wien", "84"], ["Spanien", "", "506"]]
    text = "\r\n".join(delimiter.join(row) for row in table)
    assert rows(text.encode(encoding)) == [
        "Land: Österreich; Hauptstadt: Wien; Größe: 84",
        "Land: Spanien; Größe: 506",
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Anna,Berlin,34\nBob,Paris,22\n", ["Anna; Berlin; 34", "Bob; Paris; 22"]),
        ("name,city\nAnna,Berlin\n", ["name: Anna; city: Berlin"]),
        ("Land,2019,2020\nA,15,25\nB,7,\n", ["Land: A; 2019: 15; 2020: 25", "Land: B; 2019: 7"]),
        ("2019,5,a\n2020,6,b\n", ["2019; 5; a", "2020; 6; b"]),
        (",score\n0,5\n1,7\n", ["0; score: 5", "1; score: 7"]),
        ("a@b.org,Anna,x\nc@d.org,Bob,y\n", ["a@b.org; Anna; x", "c@d.org; Bob; y"]),
        ("Account:,DE12\nPeriod:,2024\n", ["Account: DE12", "Period: 2024"]),
        ("Length,12 m\nWidth,5 m\n", ["Length: 12 m", "Width: 5 m"]),
        ("No,4711\nDay,2024-05-01\nSum,3.00\n", ["No: 4711", "Day: 2024-05-01", "Sum: 3.00"]),
        ("Height,Bo\nLength,12 m\nMass,5 kg\n", ["Height: Bo", "Length: 12 m", "Mass: 5 kg"]),
        ("Region,2024\nNorth,5\nSouth,60\n", ["Region: North; 2024: 5", "Region: South; 2024: 60"]),
        (
            "Task,Due\nA,5 May 2024\nB,31 March 2024\n",
            ["Task: A; Due: 5 May 2024", "Task: B; Due: 31 March 2024"],
        ),
        ("Thing,12 m,old\nRope,5 m,new\n", ["Thing; 12 m; old", "Rope; 5 m; new"]),
        ("Name:,Bo,Room:,5\nPhone:,77,,\n", ["Name: Bo; Room: 5", "Phone: 77"]),
        ("Name,Score,Score\nAnna,1,2\n", ["Name: Anna; Score: 1; Score: 2"]),
        ("Anna,yes,yes\nBo,no,yes\n", ["Anna; yes; yes", "Bo; no; yes"]),
        ("one line\nanother\n", ["one line", "another"]),
        ("only,names\n", ["only: names"]),
        ("", []),
    ],
)
def test_a_header_is_told_from_a_row(text: str, lines: list[str]) -> None:
    """The first row names the columns where it looks like names over values; years may be names."""
    assert rows(text) == lines


def test_a_row_above_the_table_is_no_row_of_it() -> None:
    """What stands above a table is told apart from it, and what follows a blank line goes on."""
    text = "Sales by region\n\nRegion;Sold\nNorth;1,5\n\nTotal;1,5\n"
    document = load(text.encode(), "a.csv")
    assert headings(document) == [("Sales by region",)]
    assert rows(text) == ["Sales by region", "Region: North; Sold: 1,5", "Region: Total; Sold: 1,5"]


def test_a_quoted_cell_may_hold_anything() -> None:
    """Delimiters, line ends and doubled marks in a quoted cell are its text; a cell is one line."""
    text = 'id,what\n1,"a, ""b""\nand c"\n2,d\n'
    assert rows(text) == ['id: 1; what: a, "b" and c', "id: 2; what: d"]
    long = "so on, and " * 15_000
    assert rows(f'id,what\n1,"{long}\nend"\n2,d\n') == [f"id: 1; what: {long}end", "id: 2; what: d"]


def test_a_quotation_mark_that_nothing_closes_swallows_no_rows() -> None:
    """A lone mark is text like any other, and the rows after it are rows."""
    text = 'id,what\n1,"never closed\n2,fine\n3,"closed, well"\n4,5" pipe\n'
    assert rows(text) == [
        'id: 1; what: "never closed',
        "id: 2; what: fine",
        "id: 3; what: closed, well",
        'id: 4; what: 5" pipe',
    ]


def test_the_delimiter_may_be_declared() -> None:
    """The line with which a file tells Excel its delimiter is no row."""
    assert rows("sep=|\na|b\n1|2\n") == ["a: 1; b: 2"]


_cells = st.one_of(st.sampled_from(ODD), st.text(st.characters(exclude_categories=["Cs"])))


@given(st.lists(st.lists(_cells, max_size=5), max_size=8))
def test_any_table_gets_a_sound_structure(table: list[list[str]]) -> None:
    """Whatever cells hold, they make a document whose passages tile it."""
    stream = io.StringIO()
    csv.writer(stream).writerows(table)
    if document := load_or_refuse(stream.getvalue().encode(), "a.csv"):
        check_structure(document)
        passages = chunk(document, 32)
        assert "".join(p.text for p in passages) == document.text


@given(st.lists(st.sampled_from(["a", '"', ",", "\n", '"\n', "1"]), max_size=40))
def test_no_letter_is_lost_however_broken_the_marks_are(parts: list[str]) -> None:
    """Delimiters and marks may be misread, but what stands between them is kept."""
    text = "x,y\n" + "".join(parts)
    assert load(text.encode(), "a.csv").text.count("a") >= text.count("a")


def test_the_name_of_an_empty_column_is_kept() -> None:
    """A name that no cell stands under is a line of its own."""
    assert rows("Item,Price,Note\na,1,\nb,2,\n") == [
        "Note",
        "Item: a; Price: 1",
        "Item: b; Price: 2",
    ]


def test_a_row_is_found_and_quoted_alone() -> None:
    """A question on one cell is answered with its row, which says what it is about."""
    table = "Country,Capital,Population\n" + "".join(
        f"Land {i},City {i},{i} million\n" for i in range(200)
    )
    reply = make_assistant(load(table.encode(), "a.csv")).ask("Population of Land 117")
    assert reply.answered
    assert reply.citations[0].quote.text == (
        "Country: Land 117; Capital: City 117; Population: 117 million"
    )


# ── workbooks ────────────────────────────────────────────────────────────────


def test_values_are_as_the_sheet_shows_them() -> None:
    """Dates, whole numbers, percents, amounts and yes or no read as they do on the screen."""
    made, data = sheet(
        ["Item", "When", "At", "Count", "Share", "Price", "Done"],
        ["Bridge", dt.datetime(1958, 10, 4), dt.time(9, 30), 1.0, 0.125, 1234.5, True],
        ["Road", dt.datetime(1978, 12, 6, 12, 30), None, 0.1 + 0.2, 0.1, -3, False],
    )
    for row in (2, 3):
        data.cell(row, 5).number_format = "0.0%"
        data.cell(row, 6).number_format = '#,##0.00 "EUR"'
    document = load(saved(made), "a.xlsx")
    assert document.text == (
        "Data\n\nItem: Bridge; When: 1958-10-04; At: 09:30; Count: 1; Share: 12.5%;"
        " Price: 1,234.50 EUR; Done: TRUE\n"
        "Item: Road; When: 1978-12-06 12:30; Count: 0.3; Share: 10.0%;"
        " Price: -3.00 EUR; Done: FALSE"
    )


@pytest.mark.parametrize(
    ("number_format", "expected"),
    [
        ("d mmmm yyyy", "5 March 2024"),
        ("mmm-yy", "Mar-24"),
        ("[$-409]dddd, mmmm dd, yyyy;@", "Tuesday, March 05, 2024"),
        ("dd.mm.yyyy", "05.03.2024"),
        ('"Q" yyyy', "Q 2024"),
        ("h:mm AM/PM", "3:04 PM"),
        ("mm:ss.0", "04:05.5"),
        ("mm-dd-yy", "2024-03-05 15:04:05"),
        ("yyyy-mm-dd h:mm:ss", "2024-03-05 15:04:05"),
        ("[$-407]d. mmmm yyyy", "2024-03-05 15:04:05"),
        ("[$-F800]dddd, mmmm dd, yyyy", "2024-03-05 15:04:05"),
        ("ggge/m/d", "2024-03-05 15:04:05"),
    ],
)
def test_dates_are_as_the_sheet_shows_them(number_format: str, expected: str) -> None:
    """A date is written as its format has it, and as ISO has it where that depends on the computer,
    or is in another language."""
    made, data = sheet(["Event", "When"], ["Launch", dt.datetime(2024, 3, 5, 15, 4, 5, 500_000)])
    data.cell(2, 2).number_format = number_format
    assert load(saved(made), "a.xlsx").text == f"Data\n\nEvent: Launch; When: {expected}"


@pytest.mark.parametrize(
    ("number_format", "expected"), [("[h]:mm", "30:15"), ("[mm]:ss", "1815:20"), ("[hh]", "30")]
)
def test_times_that_went_by_are_as_the_sheet_shows_them(number_format: str, expected: str) -> None:
    """Hours go on after a day where a format says so."""
    made, data = sheet(["Trip", "Took"], ["North", dt.timedelta(hours=30, minutes=15, seconds=20)])
    data.cell(2, 2).number_format = number_format
    assert load(saved(made), "a.xlsx").text == f"Data\n\nTrip: North; Took: {expected}"


@pytest.mark.parametrize("number_format", ["[h]:mm", "[h]:mm;[Red]-[h]:mm"])
def test_time_that_is_owed_is_as_long_as_it_is(number_format: str) -> None:
    """An hour and a half too little is no two hours and a half."""
    made, data = sheet(["Name", "Balance"], ["Ann", -1.5 / 24])
    data.cell(2, 2).number_format = number_format
    assert load(saved(made), "a.xlsx").text == "Data\n\nName: Ann; Balance: -1:30"


def test_each_sheet_is_a_section() -> None:
    """Sheets are told apart by name, a hidden one says that it is, an empty one is left out."""
    made, data = sheet(["Sales 2024"], [], ["Region", "Sold"], ["North", 5], ["South", 6])
    data.merge_cells("A1:B1")
    hidden = made.create_sheet("Codes")
    hidden.append(["Code", "Meaning"])
    hidden.append(["N", 7])
    hidden.sheet_state = "hidden"
    made.create_sheet("Empty")
    document = load(saved(made), "a.xlsx")
    assert headings(document) == [("Data",), ("Data", "Sales 2024"), ("Codes (hidden)",)]
    assert document.title == "A"


def test_what_stands_beside_the_cells_is_read() -> None:
    """Notes on cells, and the titles of charts, stand after the rows of their sheet, also where
    it is all chart."""
    made, data = sheet(["Item", "Price"], ["Bridge", 12])
    data["B2"].comment = Comment("Without\ntax.", "Ann")
    for place in (data, made.create_chartsheet("Chart")):
        chart = BarChart()
        chart.title = f"Prices in {place.title}"
        chart.add_data(Reference(data, min_col=2, min_row=1, max_row=2), titles_from_data=True)
        place.add_chart(chart)
    assert load(saved(made), "a.xlsx").text == (
        "Data\n\nItem: Bridge; Price: 12\n\nPrices in Data\n\nNote on B2: Without tax.\n\n"
        "Chart\n\nPrices in Chart"
    )


def test_merged_cells_speak_for_what_they_cover() -> None:
    """Names of groups go before the names under them, and a label holds for the rows beside it."""
    made, data = sheet(
        ["Region", 2023, None, 2024, None],
        [None, "Q1", "Q2", "Q1", "Q2"],
        ["North", 1, 2, 3, 4],
        [None, 5, 6, 7, 8],
    )
    for ref in ("A1:A2", "B1:C1", "D1:E1", "A3:A4"):
        data.merge_cells(ref)
    assert rows(saved(made), "a.xlsx") == [
        "Data",
        "Region: North; 2023 Q1: 1; 2023 Q2: 2; 2024 Q1: 3; 2024 Q2: 4",
        "Region: North; 2023 Q1: 5; 2023 Q2: 6; 2024 Q1: 7; 2024 Q2: 8",
    ]


def test_a_bold_row_names_the_columns() -> None:
    """Where only the type face tells the header, it does; a form has none."""
    made, data = sheet(["Term", "N1"], ["A", "N1"], ["B", "N2"])
    assert rows(saved(made), "a.xlsx") == ["Data", "Term: N1", "A: N1", "B: N2"]
    for cell in data[1]:
        cell.font = Font(bold=True)
    assert rows(saved(made), "a.xlsx") == ["Data", "Term: A; N1: N1", "Term: B; N1: N2"]
    form = book(["Company", "Acme"], ["Founded", 1987], ["Head", "Anna"])
    assert form.text == "Data\n\nCompany: Acme\nFounded: 1987\nHead: Anna"


def changed(content: bytes, **parts: tuple[str, str]) -> bytes:
    """A workbook in whose parts of a name something is put in another's place."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            for stem, (before, after) in parts.items():
                if name.endswith(f"{stem}.xml"):
                    assert before.encode() in text
                    text = text.replace(before.encode(), after.encode())
            new.writestr(name, text)
    return stream.getvalue()


def test_yes_and_no_may_be_written_in_words() -> None:
    """A cell that is `true` is no FALSE."""
    made, _ = sheet(["Part", "Done", "Paid"], ["Deck", True, False])
    words = changed(saved(made), sheet1=("<v>1</v></c><c", "<v>true</v></c><c"))
    assert load(words, "a.xlsx").text == "Data\n\nPart: Deck; Done: TRUE; Paid: FALSE"


def test_a_formula_that_shows_nothing_is_nothing() -> None:
    """What was computed to an empty text is an empty cell, as on the screen."""
    made = saved(sheet(["Item", "Price"], ["a", 1], ["Sum", '=IF(B2>0,"","x")'])[0])
    content = changed(made, sheet1=('<c r="B3">', '<c r="B3" t="str">'))
    assert rows(content, "a.xlsx") == ["Data", "Item: a; Price: 1", "Item: Sum"]


def test_exponents_in_cells_stay_above() -> None:
    """`m²` in which only the digit is set higher is no `m2`."""
    small = InlineFont(vertAlign="superscript")
    area = CellRichText("70 m", TextBlock(small, "2"), " of 10", TextBlock(small, "6"))
    assert book(["Item", "Area"], ["Flat", area]).text.endswith("Item: Flat; Area: 70 m² of 10⁶")


def test_a_talk_on_a_cell_is_read_without_its_notice() -> None:
    """Comments that answer each other stand in a part of their own; the note that old programs
    show instead of them says nothing."""
    made, data = sheet(["Item", "Price"], ["Bridge", 12])
    data["B2"].comment = Comment("[Threaded comment] Your version cannot show it.", "x")
    data["A2"].comment = Comment("An old one.", "x")
    part = '<r><threadedComment ref="B2"><text>{}</text></threadedComment></r>'
    parts = "".join(part.format(text) for text in ("Too dear?", "No."))
    kind = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
    link = f'<Relationship Id="rt" Type="{kind}" Target="/xl/talk.xml"/></Relationships>'
    stream = io.BytesIO(saved(made))
    with zipfile.ZipFile(stream) as old:
        links = old.read("xl/worksheets/_rels/sheet1.xml.rels").decode()
        texts = {name: old.read(name) for name in old.namelist()}
    texts["xl/worksheets/_rels/sheet1.xml.rels"] = links.replace("</Relationships>", link).encode()
    texts["xl/talk.xml"] = f"<all>{parts}</all>".encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as new:
        for name, text in texts.items():
            new.writestr(name, text)
    assert load(stream.getvalue(), "a.xlsx").text == (
        "Data\n\nItem: Bridge; Price: 12\n\nNote on B2: Too dear?\n\nNote on B2: No.\n\n"
        "Note on A2: An old one."
    )


def test_a_formula_that_was_never_computed_is_shown_itself() -> None:
    """A workbook that no spreadsheet program saved holds no values of its formulas."""
    document = book(["Item", "Price"], ["a", 1], ["Sum", "=SUM(B2:B2)"])
    assert document.text.endswith("Item: Sum; Price: =SUM(B2:B2)")


def test_questions_and_answers_name_no_columns() -> None:
    """The first of them stands over the others, but an answer is a sentence."""
    document = book(["How much is it?", "It is £5."], ["Is it open on Sunday?", "No."])
    assert document.text.endswith("How much is it?: It is £5.\nIs it open on Sunday?: No.")


def test_blank_rows_and_far_cells_cost_nothing() -> None:
    """A cell at the far end of a sheet makes no million rows."""
    made, data = sheet(["a", "b"], [1, 2])
    data["XFD1048576"] = "far"
    assert rows(saved(made), "a.xlsx") == ["Data", "a: 1; b: 2", "far"]


@pytest.mark.parametrize(
    ("number", "number_format", "text"),
    [
        (1.0, "General", "1"),
        (1 / 3, "General", "0.3333333333"),
        (1e-12, "General", "1.000E-12"),
        (1e300, "0.00", "1e+300"),
        (0.125, "0%", "13%"),
        (-1234.5, "#,##0.00;[Red](#,##0.00)", "(1,234.50)"),
        (12.5, "[$€-407] #,##0.00", "€ 12.50"),
        (123456, "000-000", "123-456"),
        (5551234567, r"[<=9999999]###\-####;\(###\)\ ###\-####", "(555) 123-4567"),
        (5551234, r"[<=9999999]###\-####;\(###\)\ ###\-####", "555-1234"),
        (1234567, '[>=1000000]0.0,,"M";[>=1000]0.0,"K";0', "1.2M"),
        (-45, '[>=1000000]0.0,,"M";[>=1000]0.0,"K";0', "-45"),
        (-45, "[Red][<0]-0.0;0.0", "-45.0"),
        (1234567, "# ##0", "1234 567"),
        (4512, r"0\0 00", "4512"),
        (7, "000", "007"),
        (0, '_-* #,##0_-;-* #,##0_-;_-* "-"??_-;_-@_-', "-"),
        (12345678, '0.0,,"M"', "12.3M"),
        (0.5, "# ?/?", "0.5"),
        (3, "0.##", "3"),
        (1.005, "0.00", "1.01"),
        (-1e-17, "0.00", "-0.00"),
        (1, '"Yes";"Yes";"No"', "Yes"),
        (0, '"Yes";"Yes";"No"', "No"),
    ],
)
def test_a_number_is_shown_by_its_format(number: float, number_format: str, text: str) -> None:
    """Decimals, groups, signs, amounts and percents as a spreadsheet writes them."""
    assert shown(number, number_format) == text


@given(st.floats() | st.integers(), st.text('0#?.,%;"$-()[]E@_* €a\\', max_size=20))
def test_any_format_shows_any_number(number: float, number_format: str) -> None:
    """No format, however odd, is a reason not to read a sheet."""
    assert "\n" not in shown(number, number_format)


def broken() -> dict[str, bytes]:
    whole = saved(sheet(["a", "b"], [1, 2])[0])
    bomb = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(bomb, "w") as new:
        for name in old.namelist():
            xml = old.read(name)
            entity = b'<!DOCTYPE x [<!ENTITY e "eeee">]>'
            new.writestr(name, entity + xml if "sheet1" in name else xml)
    return {
        "an old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "cut short": whole[: len(whole) // 2],
        "a web page": b"<html><table><tr><td>1</td></tr></table></html>",
        "nothing": b"",
        "entities": bomb.getvalue(),
    }


@pytest.mark.parametrize("kind", broken())
def test_what_is_no_workbook_is_refused(kind: str) -> None:
    """A file that isn't what its ending says is refused with the reason and what to do."""
    with pytest.raises(LoadError, match="; "):
        load(broken()[kind], "a.xlsx")


@given(st.integers(0), st.binary(min_size=1, max_size=4))
def test_damaged_workbooks_load_or_are_refused(at: int, damage: bytes) -> None:
    """Wherever a workbook is damaged, it loads or LoadError says why it doesn't."""
    content = bytearray(saved(sheet(["a", "b"], ["x", 2])[0]))
    at %= len(content)
    content[at : at + len(damage)] = damage
    if document := load_or_refuse(bytes(content), "a.xlsx"):
        check_structure(document)
