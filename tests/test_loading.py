"""Files become documents: their text as it was written, and its structure found."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import markdown, texts

from pp_qa import loading
from pp_qa.errors import LoadError
from pp_qa.testing import make_document
from pp_qa.text import canonical
from pp_qa.types import Block, Document


def load(content: bytes, name: str = "a.txt") -> Document:
    return loading.load(Path(name), name, content)


def kinds(document: Document) -> list[tuple[str, str]]:
    return [(b.kind, b.span.of(document.text)) for b in document.blocks]


def leads(document: Document) -> list[tuple[str, str | None]]:
    """Each list item with the line it is tied to."""
    return [
        (b.span.of(document.text), b.lead.of(document.text) if b.lead else None)
        for b in document.blocks
        if b.kind == "item"
    ]


def headings(document: Document) -> list[tuple[str, ...]]:
    return [s.heading_path for s in document.sections if s.heading_path]


# ── what every document promises ─────────────────────────────────────────────


def check_structure(document: Document) -> None:
    text, at = document.text, 0
    for section in document.sections:
        assert section.span.start == at < section.span.end
        at = section.span.end
    assert at == len(text)
    assert all(a.span.end <= b.span.start for a, b in pairwise(document.blocks))
    for block in document.blocks:
        assert block.span.of(text) == block.span.of(text).strip() != ""
        assert block.lead is None or block.kind == "item"
        assert block.lead is None or block.lead.end <= block.span.start
    assert document.title.strip()
    spans = {b.span for b in document.blocks}
    assert {b.lead for b in document.blocks if b.lead} <= spans


def load_or_refuse(content: bytes, name: str = "a.txt") -> Document | None:
    """None when the file is refused, in words that say what to do about it."""
    try:
        return load(content, name)
    except LoadError as refusal:
        message = str(refusal)
    assert "; " in message
    assert "\n" not in message
    return None


@given(texts, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_plain_text_keeps_its_text_and_gets_a_sound_structure(text: str, encoding: str) -> None:
    """Sections tile the canonical text; blocks are ordered, stripped and apart. Only what is
    short and holds zero bytes can be taken for UTF-16, and what has form feeds is of pages."""
    if document := load_or_refuse(text.encode(encoding)):
        assert document.text == canonical(text) or "\x00" in text or "\f" in text
        check_structure(document)


@given(markdown)
def test_markdown_keeps_its_text_and_gets_a_sound_structure(text: str) -> None:
    """Whatever the Markdown, its text is kept and its structure is sound."""
    if document := load_or_refuse(text.encode(), "a.md"):
        assert document.text == canonical(text)
        check_structure(document)


@given(st.binary(max_size=300))
def test_any_bytes_load_or_are_refused(content: bytes) -> None:
    """Whatever a file holds, it loads or LoadError says why it doesn't."""
    if document := load_or_refuse(content):
        check_structure(document)


# ── the article ──────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def loaded(article: Path) -> Document:
    return load(article.read_bytes(), article.name)


def test_the_article_has_its_six_headings(loaded: Document) -> None:
    """Unmarked headings of the shipped article are found, and nothing else is one."""
    assert headings(loaded) == [
        ("High-Level Secret Meeting in Miami Produces 28-Point Framework",),
        ("Russia Signals Caution While Acknowledging the Talks",),
        ("Kyiv Engaged but Cautious as Washington Intensifies Outreach",),
        ("Turkey’s Diplomatic Mediation and Europe’s Strategic Review",),
        ("A Diplomatic Turning Point — With Fragile Prospects",),
        ("28-point Ukraine Peace Plan: Key Takeaways",),
    ]


def test_the_article_tells_its_publisher_and_date(loaded: Document) -> None:
    """The dateline gives the publisher and the date as they are written."""
    assert loaded.details == {"publisher": "TheInterviewTimes.com", "date": "November 19, 2025"}


def test_the_articles_lists_are_tied_to_what_introduces_them(loaded: Document) -> None:
    """Each of the article's lists knows its introduction, the last one its heading."""
    by_lead: dict[str | None, int] = {}
    for _, lead in leads(loaded):
        by_lead[lead] = by_lead.get(lead, 0) + 1
    assert by_lead == {
        "The proposed Ukraine Peace Plan focuses on:": 4,
        "Yet analysts caution that any agreement hinges on:": 4,
        "28-point Ukraine Peace Plan: Key Takeaways": 5,
    }


def test_the_article_is_the_same_with_blank_lines(loaded: Document) -> None:
    """Blank lines between its paragraphs change neither the article's headings nor its lists."""
    spaced = load(loaded.text.replace("\n", "\n\n").encode(), "a.txt")
    assert headings(spaced) == headings(loaded)
    assert leads(spaced) == leads(loaded)


def test_the_articles_must_read_line_is_navigation(loaded: Document) -> None:
    """The link to another article is told apart from what the article says."""
    (line,) = [text for kind, text in kinds(loaded) if kind == "navigation"]
    assert line.startswith("Must Read: MBS Trump Meeting")


def test_the_article_is_kept_to_the_letter(article: Path, loaded: Document) -> None:
    """The shipped file is in canonical form already, so its text is its content."""
    assert loaded.text == article.read_text(encoding="utf-8")
    check_structure(loaded)


# ── plain text ───────────────────────────────────────────────────────────────

WRAPPED = """\
Annual Report
=============
The year was a good one for the company and for its many
customers, who bought more than they ever did before, as the
table on the next page shows in detail for every region.

Outlook
-------

Next year will be harder, because prices are rising and the
markets are nervous, but the board is confident that growth
will go on.
"""


def test_hard_wrapped_lines_are_joined_to_paragraphs() -> None:
    """Line ends that only keep a width don't end a paragraph."""
    prose = [text for kind, text in kinds(load(WRAPPED.encode())) if kind == "prose"]
    assert [p.split()[0] for p in prose] == ["The", "Next"]
    assert prose[0].endswith("every region.")


def test_underlined_headings_are_found_without_their_underline() -> None:
    """A line with a rule under it is a heading, named without the rule."""
    document = load(WRAPPED.encode())
    assert headings(document) == [("Annual Report",), ("Outlook",)]
    assert document.title == "Annual Report"


def test_lines_that_are_not_wrapped_are_paragraphs() -> None:
    """Where lines are of every length, each is a paragraph of its own."""
    text = "The first paragraph stands here.\n" + "It is long. " * 12 + "\nAnd the last.\n"
    assert [kind for kind, _ in kinds(load(text.encode()))] == ["prose"] * 3


def test_numbered_lists_keep_their_continued_lines() -> None:
    """Items of a numbered list take their indented lines along, across blank lines too."""
    text = (
        "Steps to take:\n1. Open the box.\n2. Take the part\n   out of it.\n\n3) Close it.\n\nEnd."
    )
    document = load(text.encode())
    assert leads(document) == [
        ("1. Open the box.", "Steps to take:"),
        ("2. Take the part\n   out of it.", "Steps to take:"),
        ("3) Close it.", "Steps to take:"),
    ]


@pytest.mark.parametrize(
    ("before", "lead"),
    [
        ("It rests on these pillars:", "It rests on these pillars:"),
        ("Talks went on. It has four parts:", "It has four parts:"),
        ("The parts are as follows.", "The parts are as follows."),
        ("Talks went on for three days.", None),
    ],
)
def test_only_a_line_that_announces_a_list_is_its_lead(before: str, lead: str | None) -> None:
    """A list is tied to the sentence before it only when that sentence introduces it."""
    document = load(f"{before}\n- one\n- two\n".encode())
    assert leads(document) == [("- one", lead), ("- two", lead)]


@pytest.mark.parametrize(
    ("text", "details"),
    [
        ("KYIV, Nov 19 (Reuters) — Talks began.", {"publisher": "Reuters", "date": "Nov 19"}),
        ("The Times | 2025-11-19: Talks began.", {"publisher": "The Times", "date": "2025-11-19"}),
        ("In Kyiv, talks began on November 19.", {}),
    ],
)
def test_datelines_are_read(text: str, details: dict[str, str]) -> None:
    """A news dateline gives publisher and date; a sentence with a date does not."""
    assert load(text.encode()).details == details


@pytest.mark.parametrize("line", ["Read more: here", "ALSO READ: this", "Advertisement"])
def test_navigation_lines_are_told_apart(line: str) -> None:
    """Lines that send the reader elsewhere are navigation."""
    text = f"Talks began in Kyiv today.\n\n{line}\n\nThey went on for a week.\n"
    assert ("navigation", line) in kinds(load(text.encode()))


def test_a_document_without_a_heading_is_named_after_its_file() -> None:
    """The title of a text that has none is its file's name, made readable."""
    assert load(b"Just a sentence.", "annual_report-2025.txt").title == "Annual report 2025"


POEM = """\
The Ferryman

I wrote the names of drowned men down
and gave them to the river,
The river would not read them out,

I kept the oars above my bed
until the water left me.
"""


def test_lines_of_a_poem_are_no_headings() -> None:
    """Where blank lines part paragraphs, only the line alone at the top is a heading."""
    document = load(POEM.encode())
    assert headings(document) == [("The Ferryman",)]
    assert document.title == "The Ferryman"


@pytest.mark.parametrize("gap", ["", "\n"])
def test_lines_of_notes_are_no_headings(gap: str) -> None:
    """What stands directly under other lines is no heading, nor are `Key: value` lines; the
    line above them is."""
    text = (
        f"Team meeting\n{gap}Date: 3 May\nFrom: Anna Berg\nAttendees: Bo, Cy\n"
        "Apologies: Priya Raman\n- none else\n\nBudget\nWe agreed on 4,000 euros.\n"
    )
    assert headings(load(text.encode())) == [("Team meeting",), ("Budget",)]


def test_lines_of_a_contract_are_no_headings() -> None:
    """A short line inside a paragraph is no heading; a named or capital line alone is one."""
    text = (
        "LEASE\n\nSection 1.\n\nArticle 2 Rent\n\nPAYMENT\n\n"
        "(a) pay the rent in time.\nThe Tenant shall\n- keep the rooms clean;\n- be quiet.\n"
    )
    found = ["LEASE", "Section 1.", "Article 2 Rent", "PAYMENT"]
    assert headings(load(text.encode())) == [(title,) for title in found]


def test_long_lines_that_run_on_are_not_spaced() -> None:
    """A stray blank line doesn't make a document one that parts its paragraphs by them."""
    long = "The talks went on for days. " * 6
    text = f"{long}\n{long}\nWhat Comes Next\n{long}\n{long}\n\n{long}\n"
    assert headings(load(text.encode())) == [("What Comes Next",)]


def test_numbered_lines_over_text_are_headings() -> None:
    """A short numbered line alone over prose or other items is a heading."""
    text = "1. Release 4.2\n- Ship it.\n- Tell all.\n\n2. Budget\n\nIt was approved.\n"
    document = load(text.encode())
    assert headings(document) == [("1. Release 4.2",), ("2. Budget",)]
    assert leads(document) == [("- Ship it.", "1. Release 4.2"), ("- Tell all.", "1. Release 4.2")]


@pytest.mark.parametrize(
    "text",
    [
        "1. Open\n\n2. Take\n\n3. Close\n\nThat is all.",
        "Steps:\n\n1. Open\n\nThat is all.",
        "Steps:\n1. Open\n   - with care\n\n2. Close\n\nThat is all.",
        "1. Open\n   - with care\n2. Close\n\nThat is all.",
    ],
)
def test_numbered_lists_stay_lists(text: str) -> None:
    """Numbers in a row, announced ones and those with nested items are no headings."""
    assert headings(load(text.encode())) == []


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_a_list_ends_where_another_begins(name: str) -> None:
    """After a blank line other marks make another list, which the lead doesn't introduce."""
    text = "We need these:\n\n- one\n- two\n\n1. Go.\n2. Come.\n"
    assert leads(load(text.encode(), name)) == [
        ("- one", "We need these:"),
        ("- two", "We need these:"),
        ("1. Go.", None),
        ("2. Come.", None),
    ]


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How long is it?", "Two years."),
        ("Q: How long is it?", "A: Two years."),
        ("Q. How long is it?", "A. Two years."),
        ("Frage 3: Wie lang ist es?", "Antwort: Zwei Jahre."),
        ("**How long is it?**", "Two years."),
        ("**Q:** How long is it?", "**A:** Two years."),
        ("> How long is it?", "Two years."),
    ],
)
def test_an_answer_is_tied_to_its_question(name: str, question: str, answer: str) -> None:
    """A question that stands alone is the lead of the paragraph after it, and of no more."""
    document = load(f"It came out.\n\n{question}\n\n{answer}\n\nThe end.\n".encode(), name)
    assert kinds(document)[1:] == [("lead", question), ("item", answer), ("prose", "The end.")]
    assert leads(document) == [(answer, question)]


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
@pytest.mark.parametrize("mark", [":", "."])
def test_questions_and_answers_on_adjacent_lines_are_parted(name: str, mark: str) -> None:
    """`Q:` and `A:` open blocks of their own without a blank line between them."""
    text = f"Q{mark} Who?\nA{mark} Anna.\nQ{mark} When?\nA{mark} In May.\n"
    found = leads(load(text.encode(), name))
    assert found == [(f"A{mark} Anna.", f"Q{mark} Who?"), (f"A{mark} In May.", f"Q{mark} When?")]


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
@pytest.mark.parametrize(
    "text",
    [
        "Talks began. But why?\n\nNobody knows.\n",
        "Who pays?\n\nWho gains?\n",
        "It ended.\n\nBut why?\n",
    ],
)
def test_questions_without_an_answer_stay_prose(name: str, text: str) -> None:
    """A question inside a paragraph, or without other prose after it, leads to nothing."""
    assert {kind for kind, _ in kinds(load(text.encode(), name))} == {"prose"}


def test_choices_are_no_answers() -> None:
    """`A.` after a question without `Q.` is the first of a list."""
    text = "Which one is it?\nA. Red\nB. Blue\n"
    assert leads(load(text.encode())) == [("A. Red", None), ("B. Blue", None)]


def test_a_list_in_an_answer_belongs_to_the_question() -> None:
    """What an answer announces is quoted with the question; a list that it doesn't, is not."""
    text = "What is needed?\n\nThese two:\n\n- one\n- two\n\nWho?\n\nAnna.\n\n- no\n"
    tied = dict(leads(load(text.encode(), "a.md")))
    assert tied["- one"] == tied["- two"] == "What is needed?"
    assert tied["- no"] is None


# ── Markdown ─────────────────────────────────────────────────────────────────

MARKDOWN = """\
---
title: "Named Here"
date: 2025-01-01
---
# First

Intro:

- one
  - nested
- two

Setext
------

| a | b |
|---|---|
| 1 | 2 |
| 3 | 4 |

```python
# no heading
x = 1
```

<div>
html block
</div>

## Deep ##

> quoted
"""


@pytest.fixture(scope="module")
def marked() -> Document:
    return load(MARKDOWN.encode(), "b.md")


def test_markdown_headings_nest(marked: Document) -> None:
    """ATX and setext headings make sections whose paths run from the outermost."""
    assert headings(marked) == [("First",), ("First", "Setext"), ("First", "Deep")]


def test_front_matter_names_a_markdown_document(marked: Document) -> None:
    """The title in the front matter goes before that of the first heading."""
    assert marked.title == "Named Here"
    assert load(b"# Only *heading*\n", "b.md").title == "Only *heading*"


def test_markdown_lists_are_tied_to_their_introduction(marked: Document) -> None:
    """Nested items belong to the list's lead like the others."""
    assert leads(marked)[:3] == [("- one", "Intro:"), ("- nested", "Intro:"), ("- two", "Intro:")]


@pytest.mark.parametrize("gap", ["", "\n"])
def test_nested_items_keep_the_outer_lists_lead(gap: str) -> None:
    """Nested lists of other marks are of the list they stand in, with blank lines or without;
    an ordered list after prose is tied to the sentence that announces it."""
    items = ["1. one", "   - nested", "     more", "   - again", "2. two"]
    text = "Talks began. The steps are:\n\n" + "".join(f"{item}\n{gap}" for item in items)
    found = leads(load(text.encode(), "b.md"))
    assert {lead for _, lead in found} == {"The steps are:"}
    assert found[-1][0] == "2. two"


def test_markdown_definitions_are_tied_to_their_term() -> None:
    """What stands behind a colon under a line is quoted with it; a paragraph is no term."""
    text = "`wait`\n: Seconds. Five.\n: Or more.\n\nname\n\n:   Who.\n\nTwo\nlines.\n\n: So.\n"
    found = load(f"{text}\n:joy: to\n:all: of you\n".encode(), "b.md")
    assert leads(found) == [
        (": Seconds. Five.", "`wait`"),
        (": Or more.", "`wait`"),
        (":   Who.", "name"),
    ]
    assert kinds(found)[-3:] == [
        ("prose", "Two\nlines."),
        ("prose", ": So."),
        ("prose", ":joy: to\n:all: of you"),
    ]


def test_a_markdown_heading_that_asks_stays_a_heading() -> None:
    """A heading that ends in a question mark is no lead."""
    document = load(b"# Who pays?\n\nThe tenant.\n", "b.md")
    assert [kind for kind, _ in kinds(document)] == ["heading", "prose"]


def test_table_rows_are_tied_to_their_header(marked: Document) -> None:
    """A row of a table is quoted with the header row; what follows the table is no row."""
    assert leads(load(b"# Usage\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", "b.md")) == [
        ("| a | b |", None),
        ("| 1 | 2 |", "| a | b |"),
    ]
    assert leads(marked)[4:6] == [("| 1 | 2 |", "| a | b |"), ("| 3 | 4 |", "| a | b |")]
    fence, lead = leads(marked)[6]
    assert fence.startswith("```python")
    assert lead is None


def test_code_fences_hold_no_headings(marked: Document) -> None:
    """A fence is one block, whatever it holds."""
    assert ("item", "```python\n# no heading\nx = 1\n```") in kinds(marked)


def test_html_and_quotations_are_prose(marked: Document) -> None:
    """HTML blocks and block quotes can be quoted, as they are written."""
    assert ("prose", "<div>\nhtml block\n</div>") in kinds(marked)
    assert ("prose", "> quoted") in kinds(marked)


def test_what_no_browser_shows_is_never_quoted() -> None:
    """Comments, scripts and style sheets in Markdown are kept in its text, and are no sentences."""
    hidden = ["<!-- Draft. It is 42. -->", "<style>\np {}\n</style>", "<script>run()</script>"]
    source = "\n\n".join(["One.", *hidden, "<!-- a --> Two.", "Three."])
    document = load(source.encode(), "a.md")
    check_structure(document)
    assert kinds(document) == [("prose", t) for t in ("One.", "<!-- a --> Two.", "Three.")]


def test_a_rule_at_the_start_opens_no_front_matter() -> None:
    """Between two rules, with a blank line after the first, stands Markdown like any other."""
    document = load(b"---\n\n# Title\n\nText.\n\n---\n\nMore.", "a.md")
    assert headings(document) == [("Title",)]
    assert ("prose", "Text.") in kinds(document)


def test_an_empty_title_in_the_front_matter_is_none() -> None:
    """A front matter without a title leaves the naming to the heading."""
    assert load(b"---\ntitle:\ndate: 2025\n---\n# Real\n", "b.md").title == "Real"


# ── encodings ────────────────────────────────────────────────────────────────

SENTENCE = "Le café était fermé à l’été, où l’élève attendait."


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"],
)
def test_text_is_read_in_the_encoding_it_was_saved_in(encoding: str) -> None:
    """Byte-order marks, the zero bytes of UTF-16 and Windows' legacy encoding are recognised."""
    assert load(SENTENCE.encode(encoding)).text == SENTENCE


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Café", "cp1252"),
        ("“Café” – résumé naïve", "cp1252"),
        ("Der Präsident würde über die Größe nachdenken – „ganz natürlich“.", "cp1252"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy. Soud rozhodl včera o žalobě.", "cp1250"),
        ("Zażółć gęślą jaźń. Prezydent powiedział, że spotkanie odbyło się wczoraj.", "cp1250"),
        ("Привет, мир. Это текст на русском языке, который довольно длинный.", "cp1251"),
        ("日本語の文章です。これはテストの文章です。", "shift_jis"),
        ("Москва является столицей России. Река протекает через центр города.", "koi8-r"),
        ("Le «CAFÉ» était fermé à l’été, où l’élève attendait.", "cp1252"),
        ("Le café a été créé à Orléans. L’hôtel coûte 50 €. Où est-il ?", "cp1252"),
        ("Äiti näki sen. Hän löysi tien.", "cp1252"),
        ("Brúin var byggð árið 1932. Þórður sá hana. Hún er rauð.", "cp1252"),
        ("Köprü 1932'de yapıldı. Uzunluğu beş yüz metredir. Şehir güzeldir.", "cp1254"),
        ("Dźwięk był żółty, a ślad wąski.", "iso8859_2"),
        ("Most byl postaven. Příliš žluťoučký kůň úpěl. Řeka teče.", "iso8859_2"),
        ("הגשר נבנה בשנת 1932. הוא אדום.", "cp1255"),
        ("Le café a été créé à Orléans, où est-il ?", "cp850"),
        ("Le café a été créé à Orléans, où est-il ?", "mac_roman"),
        ("橋は1932年に建てられた。", "iso2022_jp"),
    ],
)
def test_legacy_encodings_are_guessed(text: str, encoding: str) -> None:
    """Short texts in legacy encodings come out as they were written."""
    assert load(text.encode(encoding)).text == text


GERMAN = "Die Straße zum schönen Müller.\n"


@pytest.mark.parametrize(
    ("content", "text", "unread"),
    [
        (
            GERMAN.encode() * 5 + b"Caf\xe9 \x81.\n" + GERMAN.encode() * 99,
            GERMAN * 5 + "Café \ufffd.\n" + GERMAN * 99,
            "2 bytes, the first in line 6, not in UTF-8 and taken for Windows-1252;"
            " save it anew as UTF-8",
        ),
        (
            "“A plan” – by Zoë.\n".encode() * 9 + b"Caf\xe9",
            "“A plan” – by Zoë.\n" * 9 + "Caf\ufffd",
            "the last character is cut off; get it anew",
        ),
        (
            "Name;Stadt\nMüller;Köln\n".encode() + "Große;Münster\n".encode("cp1252"),
            "Name;Stadt\nMüller;Köln\nGroße;Münster\n",
            "2 bytes, the first in line 3, not in UTF-8 and taken for Windows-1252;"
            " save it anew as UTF-8",
        ),
        (
            GERMAN.encode("utf-16") + b"A",
            GERMAN,
            "the last character is cut off; get it anew",
        ),
    ],
    ids=["stray bytes", "cut off", "two encodings", "odd UTF-16"],
)
def test_a_few_wrong_bytes_spoil_nothing_else(content: bytes, text: str, unread: str) -> None:
    """Each byte that is none of UTF-8 is taken for what Windows would have written, what is cut
    off is left out, and the document says so."""
    document = load(content)
    assert document.text == text
    assert document.details["unread"] == unread


@pytest.mark.parametrize("name", ["a.md", "a.csv", "a.html", "a.rst"])
def test_every_format_tells_of_wrong_bytes(name: str) -> None:
    """All formats that are text say where a byte was guessed."""
    document = load(GERMAN.encode() * 3 + b"Caf\xe9.\n" + GERMAN.encode(), name)
    assert "Café." in document.text
    assert "1 byte in line 4" in document.details["unread"]


@pytest.mark.parametrize(
    "text",
    [
        "北京是中华人民共和国的首都。上海是最大的城市。",
        "오늘은 날씨가 좋아서 산책을 하러 갔습니다. 서울은 대한민국의 수도이며 가장 큰 도시이다.",
        "日本語の文章です。これはテストの文章です。",
        "Мост был построен в 1932 году.\nЕго длина 500 метров.",
        "Η γέφυρα χτίστηκε το 1932. Έχει μήκος 500 μέτρα.",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_other_scripts_need_no_mark(text: str, encoding: str) -> None:
    """UTF-16 without a byte-order mark is read in scripts that have no zero bytes too."""
    assert load(text.encode(encoding)).text == text


@pytest.mark.parametrize("content", [b" \n", b"1\n2\n3\n" * 9])
def test_lines_of_one_letter_are_no_utf16(content: bytes) -> None:
    """Though every other byte is a small one."""
    assert load(content).text == content.decode()


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b" \r\n "])
def test_an_empty_file_is_an_empty_document(content: bytes) -> None:
    """A file of nothing, or of a mark only, has no blocks."""
    document = load(content)
    assert document.text.strip() == ""
    assert document.blocks == ()


@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)) * 20,
        b"\x89PNG\r\n\x1a\n" + bytes(1000),
        struct.pack("<1000H", *range(1, 1001)),
        b"\xff\xfe" + bytes(range(256)) * 3 + b"x",
        b"\x7fELF" + bytes(100),
    ],
    ids=["all bytes", "png", "samples", "false mark", "elf"],
)
def test_binary_data_is_refused(content: bytes) -> None:
    """A binary file with a text ending is refused, whatever its bytes pretend to be."""
    with pytest.raises(LoadError, match=r"binary|no encoding"):
        load(content)


def test_rtf_by_another_name_is_no_text() -> None:
    """Its codes are never quoted."""
    with pytest.raises(LoadError, match="RTF"):
        load(b"{\\rtf1\\ansi {\\fonttbl {\\f0 Times;}}\\f0 Hello there.\\par}")


def test_a_stray_zero_byte_is_kept() -> None:
    """One control character doesn't make a text binary, and stays where it is."""
    text = "A sentence of a log. " * 20 + "\x00" + "It goes on."
    assert load(text.encode()).text == text


def test_the_revision_is_the_hash_of_the_bytes() -> None:
    """Two files have the same revision when their bytes are the same."""
    assert load(b"a\r\n").content_hash != load(b"a\n").content_hash
    assert load(b"a\n", "x.txt").content_hash == load(b"a\n", "y.md").content_hash


def test_every_ending_has_its_loader() -> None:
    """Endings are lower case with their dot, and files are told apart by them in any case."""
    assert loading.suffixes() == tuple(sorted(loading.loaders()))
    assert {".txt", ".md"} <= set(loading.suffixes())
    assert load(b"# Heading\n", "A.MD").title == "Heading"


def test_blocks_are_values() -> None:
    """The same bytes always make the same document."""
    assert make_document(MARKDOWN, "b.md") == make_document(MARKDOWN, "b.md")
    assert isinstance(make_document(MARKDOWN, "b.md").blocks[0], Block)
