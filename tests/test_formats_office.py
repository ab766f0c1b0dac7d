"""Word and PowerPoint: headings, lists with their numbers, tables, slides and notes."""

from __future__ import annotations

import datetime as dt
import io

import docx
import pptx
import pytest
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from hypothesis import given
from hypothesis import strategies as st
from pptx.chart.data import CategoryChartData
from pptx.chart.xmlwriter import ChartXmlWriter
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches
from test_assistant import make_assistant
from test_loading import check_structure, headings, kinds, leads, load, load_or_refuse

from pp_qa.errors import LoadError
from pp_qa.types import Document

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CHARTS = "http://schemas.openxmlformats.org/drawingml/2006/chart"


def saved(made: WordDocument | pptx.presentation.Presentation) -> bytes:
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def word(made: WordDocument) -> Document:
    document = load(saved(made), "a.docx")
    check_structure(document)
    return document


def fill(table: object, rows: list[list[str]]) -> None:
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            table.cell(r, c).text = text  # type: ignore[attr-defined]


# ── Word ─────────────────────────────────────────────────────────────────────


def report() -> WordDocument:
    made = docx.Document()
    made.sections[0].header.paragraphs[0].text = "Confidential"
    made.add_heading("The Report", 0)
    made.add_paragraph("It is short. It has two parts.")
    made.add_heading("Scope", 1)
    made.add_paragraph("All is ready. We bought the following:")
    for text in ("apples", "pears"):
        made.add_paragraph(text, style="List Bullet")
    made.add_heading("Costs", 2)
    fill(
        made.add_table(rows=3, cols=3),
        [["Item", "Price", "Year"], ["Bridge", "12", "2020"], ["Road", "7", "2021"]],
    )
    made.add_paragraph("That is all.")
    return made


def test_a_report_keeps_its_structure() -> None:
    """Headings, a list tied to its introduction, rows with their header; no page header."""
    document = word(report())
    assert document.title == "The Report"
    assert document.text == (
        "The Report\n\nIt is short. It has two parts.\n\nScope\n\nAll is ready."
        " We bought the following:\n- apples\n- pears\n\nCosts\n\n"
        "Item: Bridge; Price: 12; Year: 2020\nItem: Road; Price: 7; Year: 2021\n\nThat is all."
    )
    assert headings(document) == [("The Report",), ("Scope",), ("Scope", "Costs")]
    assert leads(document)[:2] == [
        ("- apples", "We bought the following:"),
        ("- pears", "We bought the following:"),
    ]
    assert kinds(document)[-1] == ("prose", "That is all.")


def test_a_row_of_a_report_answers_alone() -> None:
    """A question on a row is answered with that row."""
    reply = make_assistant(word(report())).ask("Item Bridge Price Year")
    assert reply.answered
    assert reply.citations[0].quote.text == "Item: Bridge; Price: 12; Year: 2020"
    assert reply.citations[0].heading_path == ("Scope", "Costs")


def test_tracked_changes_are_read_as_accepted() -> None:
    """What was inserted is text, what was deleted is none, nor is hidden text."""
    made = docx.Document()
    paragraph = made.add_paragraph("We pay ")
    run = '<w:r><w:t xml:space="preserve">{}</w:t></w:r>'
    paragraph._p.append(parse_xml(f"<w:ins {W} w:id='1'>{run.format('eight ')}</w:ins>"))
    gone = "<w:r><w:delText>nine </w:delText></w:r>"
    paragraph._p.append(parse_xml(f"<w:del {W} w:id='2'>{gone}</w:del>"))
    paragraph.add_run("secretly ").font.hidden = True
    paragraph.add_run("euros.")
    assert word(made).text == "We pay eight euros."


def test_a_deleted_paragraph_end_joins_two() -> None:
    """Where the end of a paragraph was deleted, the next one goes on."""
    made = docx.Document()
    first = made.add_paragraph("One and ")
    first._p.get_or_add_pPr().append(parse_xml(f"<w:rPr {W}><w:del w:id='1'/></w:rPr>"))
    made.add_paragraph("the other.")
    assert word(made).text == "One and the other."


def test_numbers_are_counted_as_word_prints_them() -> None:
    """Numbers of clauses stand nowhere in the file's text; they are counted by its lists."""
    made = docx.Document()
    numbering = made.part.numbering_part.element
    level = '<w:lvl w:ilvl="{}"><w:start w:val="{}"/><w:numFmt w:val="{}"/><w:lvlText w:val="{}"/></w:lvl>'
    levels = level.format(0, 4, "decimal", "%1.") + level.format(1, 1, "lowerRoman", "%1 (%2)")
    numbering.insert(
        0, parse_xml(f'<w:abstractNum {W} w:abstractNumId="77">{levels}</w:abstractNum>')
    )
    numbering.append(parse_xml(f'<w:num {W} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    for text, depth in (("Rent", 0), ("monthly", 1), ("in advance", 1), ("Repairs", 0)):
        properties = made.add_paragraph(text)._p.get_or_add_pPr()
        numbers = f'<w:ilvl w:val="{depth}"/><w:numId w:val="77"/>'
        properties.append(parse_xml(f"<w:numPr {W}>{numbers}</w:numPr>"))
    assert word(made).text == "4. Rent\n  4 (i) monthly\n  4 (ii) in advance\n5. Repairs"


def test_numbers_in_tables_are_counted_too() -> None:
    """A cell may hold nothing but the number that Word sets; a list goes on after the table."""
    made = docx.Document()
    made.add_paragraph("Rent", style="List Number")
    table = made.add_table(rows=3, cols=3)
    fill(table, [["No.", "Task", "Due"], ["", "Plan", "May"], ["", "Build", "June"]])
    for row in table.rows[1:]:
        row.cells[0].paragraphs[0].style = "List Number"
    table.cell(1, 1).paragraphs[0].style = "List Bullet"
    made.add_paragraph("Repairs", style="List Number")
    assert word(made).text == (
        "1. Rent\n\nNo.: 2.; Task: Plan; Due: May\nNo.: 3.; Task: Build; Due: June\n4. Repairs"
    )


def test_a_heading_is_known_by_level_name_or_type_face() -> None:
    """An outline level makes a heading; where a document has none, a bold line does."""
    made = docx.Document()
    made.add_paragraph("Kosten")._p.get_or_add_pPr().append(
        parse_xml(f'<w:outlineLvl {W} w:val="1"/>')
    )
    made.add_paragraph("Sie steigen.")
    assert headings(word(made)) == [("Kosten",)]
    plain = docx.Document()
    plain.add_paragraph().add_run("Costs").bold = True
    plain.add_paragraph("They rise.")
    assert headings(word(plain)) == [("Costs",)]


def test_merged_cells_and_forms() -> None:
    """A cell merged downwards holds for each of its rows; a form's row is key and value."""
    made = docx.Document()
    table = made.add_table(rows=3, cols=3)
    fill(table, [["Team", "Person", "Age"], ["Red", "Anna", "30"], ["", "Bob", "40"]])
    table.cell(1, 0).merge(table.cell(2, 0))
    fill(made.add_table(rows=2, cols=2), [["Name:", "Anna Berg"], ["City:", "Berlin"]])
    assert [t for k, t in kinds(word(made)) if k == "item"] == [
        "Team: Red; Person: Anna; Age: 30",
        "Team: Red; Person: Bob; Age: 40",
        "Name: Anna Berg",
        "City: Berlin",
    ]


def test_too_deep_a_document_is_called_so() -> None:
    """Where tables lie in each other too deeply, that is the reason."""
    made = docx.Document()
    place = made.element.body
    for tag in ("w:tbl", "w:tr", "w:tc") * 90:
        inner = OxmlElement(tag)
        place.append(inner)
        place = inner
    with pytest.raises(LoadError, match="nested too deeply"):
        word(made)


def test_footnotes_and_text_boxes_stand_under_their_paragraph() -> None:
    """A footnote is named by its number; a text box that is written twice is read once."""
    made = docx.Document()
    shape = 'xmlns:s="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    either = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    box = "<w:txbxContent><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent>"
    drawn = (
        f"<w:r {W} {shape} {either}><mc:AlternateContent><mc:Choice Requires='s'><w:drawing>"
        f"<s:txbx>{box}</s:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict>"
        "</mc:Fallback></mc:AlternateContent></w:r>"
    )
    made.add_paragraph("Anchor.")._p.append(parse_xml(drawn))
    noted = made.add_paragraph("Sales rose.")
    noted._p.append(parse_xml(f'<w:r {W}><w:footnoteReference w:id="2"/></w:r>'))
    notes = (
        f'<w:footnotes {W}><w:footnote w:id="2"><w:p><w:r><w:t>Without Spain.</w:t></w:r></w:p>'
        "</w:footnote></w:footnotes>"
    )
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    package = made.part.package
    part = Part(PackURI("/word/footnotes.xml"), kind, notes.encode(), package)
    made.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    assert word(made).text == (
        "Anchor.\n\nIn the box.\n\nSales rose.\n\nFootnote 1: Without Spain."
    )


RUN = '<w:r><w:rPr>{}</w:rPr><w:t xml:space="preserve">{}</w:t></w:r>'
MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def term(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def paragraph(inner: str) -> WordDocument:
    made = docx.Document()
    made.element.body.insert(0, parse_xml(f"<w:p {W} {MATH}>{inner}</w:p>"))
    return made


def test_exponents_and_inserted_signs_are_text() -> None:
    """Digits set higher are exponents, and signs out of a font of symbols are what they show."""
    higher = '<w:vertAlign w:val="superscript"/>'
    runs = (("", "At 10"), (higher, "6"), ("", " cells, the 1"), (higher, "st"), ("", " was 25 "))
    text = "".join(RUN.format(*run) for run in runs)
    signs = (("Symbol", "F0B0"), ("Symbol", "F06D"), ("Wingdings", "F0FE"), ("Wingdings", "F001"))
    signs = "".join(f'<w:r><w:sym w:font="{f}" w:char="{c}"/></w:r>' for f, c in signs)
    assert word(paragraph(text + signs)).text == "At 10⁶ cells, the 1st was 25 °μ☑"


FORMULAS = {
    "1/2": f"<m:f><m:num>{term('1')}</m:num><m:den>{term('2')}</m:den></m:f>",
    "a/(b+1)": f"<m:f><m:num>{term('a')}</m:num><m:den>{term('b+1')}</m:den></m:f>",
    "x²": f"<m:sSup><m:e>{term('x')}</m:e><m:sup>{term('2')}</m:sup></m:sSup>",
    "x^(n+1)": f"<m:sSup><m:e>{term('x')}</m:e><m:sup>{term('n+1')}</m:sup></m:sSup>",
    "f(x)": f"{term('f')}<m:d><m:e>{term('x')}</m:e></m:d>",
    "[a|b)": f'<m:d><m:dPr><m:begChr m:val="["/></m:dPr><m:e>{term("a")}</m:e><m:e>{term("b")}'
    "</m:e></m:d>",
    "³√x": f"<m:rad><m:deg>{term('3')}</m:deg><m:e>{term('x')}</m:e></m:rad>",
    "∑y": f'<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:e>{term("y")}</m:e></m:nary>',
}


@pytest.mark.parametrize(("written", "formula"), FORMULAS.items(), ids=FORMULAS)
def test_a_formula_is_written_on_one_line(written: str, formula: str) -> None:
    """What a formula shows by where its parts stand is said with signs: a half is no twelve."""
    assert word(paragraph(f"<m:oMath>{formula}</m:oMath>")).text == written


def diagram(package: object) -> Part:
    texts = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in ("Plan", "Build"))
    data = f'<d xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">{texts}</d>'
    kind = "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml"
    return Part(PackURI("/word/diagrams/data1.xml"), kind, data.encode(), package)


def test_a_diagram_is_read_where_it_stands() -> None:
    """The boxes of a diagram are items under its paragraph."""
    made = docx.Document()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData"
    key = made.part.relate_to(diagram(made.part.package), kind)
    drawn = f'<w:r {W}><w:drawing><w:x w:dm="{key}"/></w:drawing></w:r>'
    made.add_paragraph("Our way:")._p.append(parse_xml(drawn))
    made.add_paragraph("That is all.")
    assert word(made).text == "Our way:\n- Plan\n- Build\n\nThat is all."


def test_two_rows_of_two_cells_are_keys_and_values() -> None:
    """Nothing tells that the first of them names columns."""
    made = docx.Document()
    fill(made.add_table(rows=2, cols=2), [["Client", "The town"], ["Budget", "12,000"]])
    assert word(made).text == "Client: The town\nBudget: 12,000"


def test_a_text_box_in_a_table_is_read_once() -> None:
    """It stands after the rows, and in no cell of them."""
    made = docx.Document()
    table = made.add_table(rows=3, cols=2)
    fill(table, [["Item", "Price"], ["Bridge", "12"], ["Road", "7"]])
    box = "<w:txbxContent><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent>"
    drawn = f"<w:r {W}><w:pict>{box}</w:pict></w:r>"
    table.cell(1, 0).paragraphs[0]._p.append(parse_xml(drawn))
    assert word(made).text == "Item: Bridge; Price: 12\nItem: Road; Price: 7\n\nIn the box."


def test_a_chart_is_read_as_its_numbers() -> None:
    """A row for each category, numbers and dates as the chart's own format shows them."""
    data = CategoryChartData(number_format="#,##0")
    data.categories = [dt.date(2024, 3, 5), dt.date(2024, 4, 5)]
    data.categories.number_format = "mmm yyyy"
    data.add_series("Cars", (1_234_567.2, None))
    data.add_series("Bikes", (3, 4))
    made = docx.Document()
    made.add_paragraph("It grew.")
    drawn = ChartXmlWriter(XL_CHART_TYPE.LINE, data).xml.encode()
    name = PackURI("/word/charts/chart1.xml")
    part = Part(name, "application/vnd.openxmlformats-officedocument.drawingml.chart+xml", drawn)
    key = made.part.relate_to(part, f"{RELATIONS}/chart")
    chart = f'<c:chart xmlns:c="{CHARTS}" xmlns:r="{RELATIONS}" r:id="{key}"/>'
    made.paragraphs[0]._p.append(parse_xml(f"<w:r {W}><w:drawing>{chart}</w:drawing></w:r>"))
    assert word(made).text == ("It grew.\nMar 2024; Cars: 1,234,567; Bikes: 3\nApr 2024; Bikes: 4")


# ── PowerPoint ───────────────────────────────────────────────────────────────


def test_a_long_cell_leaves_the_other_rows_of_its_table_whole() -> None:
    """A form where one answer is long, or holds a table, is a table still."""
    made = docx.Document()
    table = made.add_table(rows=5, cols=2)
    fill(table, [["Name", "Ann"], ["Phone", "123"], ["From", "May"], ["Aims", "a"], ["Costs", ""]])
    for text in "bcdef":
        table.cell(3, 1).add_paragraph(text)
    fill(table.cell(4, 1).add_table(rows=1, cols=2), [["Room", "£20"]])
    assert word(made).text == "Name: Ann\nPhone: 123\nFrom: May\nAims: a b c d e f\nCosts: Room £20"


def talk() -> pptx.presentation.Presentation:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[1])
    slide.shapes.title.text = "Why bridges rust"
    frame = slide.placeholders[1].text_frame
    frame.text = "Water"
    deeper = frame.add_paragraph()
    deeper.text, deeper.level = "and salt", 1
    slide.notes_slide.notes_text_frame.text = "Tell the story of the old bridge."
    made.slides.add_slide(made.slide_layouts[6])
    slide = made.slides.add_slide(made.slide_layouts[6])
    for text, left, top in (("below", 1, 4), ("right", 5, 1), ("left", 1, 1)):
        box = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(2), Inches(1))
        box.text_frame.text = text
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(5), Inches(4), Inches(1)).table
    fill(table, [["Bridge", "Length"], ["Old", "120"]])
    data = CategoryChartData()
    data.categories = ["2023", "2024"]
    data.add_series("Cars", (10, 12.5))
    place = (Inches(1), Inches(6), Inches(3), Inches(1))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, data)
    slide.element.set("show", "0")
    return made


def test_a_talk_keeps_its_slides() -> None:
    """A slide is a page under its title; notes say that they are; an empty slide is left out."""
    document = load(saved(talk()), "a.pptx")
    check_structure(document)
    assert document.title == "Why bridges rust"
    assert document.text == (
        "Why bridges rust\n- Water\n  - and salt\n\nSpeaker notes\n\n"
        "Tell the story of the old bridge.\n\nSlide 3\n\nleft\n\nright\n\nbelow\n\n"
        "Bridge: Old; Length: 120\n2023; Cars: 10\n2024; Cars: 12.5"
    )
    assert [(p.number, p.label) for p in document.pages] == [
        (1, "slide 1"),
        (3, "slide 3 (hidden)"),
    ]
    assert document.pages[1].span.of(document.text).strip().startswith("Slide 3")
    assert headings(document) == [
        ("Why bridges rust",),
        ("Why bridges rust", "Speaker notes"),
        ("Slide 3",),
    ]


def test_merged_cells_of_a_slide_speak_for_what_they_cover() -> None:
    """Names of groups go before the names under them, labels hold for the rows beside them."""
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    table = slide.shapes.add_table(4, 3, 0, 0, Inches(4), Inches(1)).table
    rows = [["Region", "2024", ""], ["", "Q1", "Q2"], ["North", "1", "2"], ["", "3", "4"]]
    fill(table, rows)
    for (top, left), (bottom, right) in (((0, 0), (1, 0)), ((0, 1), (0, 2)), ((2, 0), (3, 0))):
        table.cell(top, left).merge(table.cell(bottom, right))
    assert load(saved(made), "a.pptx").text == (
        "Slide 1\n\nRegion: North; 2024 Q1: 1; 2024 Q2: 2\nRegion: North; 2024 Q1: 3; 2024 Q2: 4"
    )


def test_boxes_beside_each_other_need_not_be_set_exactly() -> None:
    """What stands a little higher, and farther right, comes after what stands left of it."""
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    for text, left, top in (
        ("left", 0, 610_000),
        ("right", 4_000_000, 590_000),
        ("below", 0, 1_000_000),
    ):
        box = slide.shapes.add_textbox(left, top, Inches(2), Inches(1))
        box.text_frame.text = text
    assert load(saved(made), "a.pptx").text == "Slide 1\n\nleft\n\nright\n\nbelow"


DRAWN = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'


def test_numbers_of_a_slide_go_on_after_what_is_between() -> None:
    """Each level counts for itself, in its own style, from where it is told to start."""
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[1])
    frame = slide.placeholders[1].text_frame
    lines = [
        ("First", 0, 'type="arabicPeriod" startAt="3"'),
        ("one", 1, 'type="alphaLcParenBoth"'),
        ("two", 1, 'type="alphaLcParenBoth"'),
        ("Second", 0, 'type="arabicPeriod"'),
        ("new", 1, 'type="romanUcPeriod"'),
        ("Third", 0, 'type="arabicPeriod"'),
    ]
    for i, (text, level, style) in enumerate(lines):
        line = frame.add_paragraph() if i else frame.paragraphs[0]
        line.text, line.level = text, level
        line._p.get_or_add_pPr().append(parse_xml(f"<a:buAutoNum {DRAWN} {style}/>"))
    assert load(saved(made), "a.pptx").text == (
        "Slide 1\n3. First\n  (a) one\n  (b) two\n4. Second\n  I. new\n5. Third"
    )


def test_a_shape_with_a_formula_is_read() -> None:
    """PowerPoint wraps a shape with a formula in what old versions show instead of it."""
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    shapes = slide.shapes._spTree
    shape = slide.shapes.add_textbox(0, 0, Inches(2), Inches(1))
    fraction = FORMULAS["1/2"]
    shape.text_frame.paragraphs[0]._p.append(
        parse_xml(
            f'<a:x {DRAWN} {MATH} xmlns:n="n"><a:r><a:t>It is </a:t></a:r><n:m><m:oMath>{fraction}'
            '</m:oMath></n:m><a:r><a:t> of 10</a:t></a:r><a:r><a:rPr baseline="30000"/><a:t>6</a:t>'
            "</a:r></a:x>"
        )
    )
    inner = shape.text_frame.paragraphs[0]._p
    for run in list(inner[-1]):
        inner.append(run)
    inner.remove(inner.find("{http://schemas.openxmlformats.org/drawingml/2006/main}x"))
    either = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    wrapped = parse_xml(
        f"<mc:AlternateContent {either}><mc:Choice Requires='a14'/><mc:Fallback/>"
        "</mc:AlternateContent>"
    )
    shapes.append(wrapped)
    wrapped[0].append(shape._element)
    assert load(saved(made), "a.pptx").text == "Slide 1\n\nIt is 1/2 of 10⁶"


def test_a_slide_is_found_by_its_list() -> None:
    """A point of a slide is quoted with its title and cited with the slide's number."""
    reply = make_assistant(load(saved(talk()), "a.pptx")).ask("Why bridges rust Water and salt")
    assert reply.answered
    assert reply.citations[0].quote.text == "Why bridges rust\n- Water\n  - and salt"
    assert reply.citations[0].page == 1


# ── what is no document ──────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["a.docx", "a.pptx"])
@pytest.mark.parametrize("kind", ["old", "short", "other", "text", "empty"])
def test_what_is_no_office_document_is_refused(name: str, kind: str) -> None:
    """A file that isn't what its ending says is refused with the reason and what to do."""
    made = {"a.docx": report, "a.pptx": talk}
    whole = saved(made.pop(name)())
    content = {
        "old": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "short": whole[: len(whole) // 2],
        "other": saved(made.popitem()[1]()),
        "text": b"Just text.",
        "empty": b"",
    }
    with pytest.raises(LoadError, match="; "):
        load(content[kind], name)


_WHOLE = {"a.docx": saved(report()), "a.pptx": saved(talk())}


@given(st.sampled_from(sorted(_WHOLE)), st.integers(0), st.binary(min_size=1, max_size=4))
def test_damaged_documents_load_or_are_refused(name: str, at: int, damage: bytes) -> None:
    """Wherever a document is damaged, it loads or LoadError says why it doesn't."""
    content = bytearray(_WHOLE[name])
    at %= len(content)
    content[at : at + len(damage)] = damage
    if document := load_or_refuse(bytes(content), name):
        check_structure(document)
