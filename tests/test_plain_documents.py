"""Plain text of the kinds that people have: what its lines mean to a reader."""

from __future__ import annotations

import pytest
from test_loading import check_structure, headings, kinds, leads, load

from pp_qa.text import sentences


def test_an_answer_goes_on_in_the_lines_under_it() -> None:
    """Up to the next blank line or question, or who speaks next; not without a blank line above
    the question, where each line is a paragraph."""
    question, answer, more = "Do you deliver abroad?", "We deliver to Norway.", "It costs 12 euros."
    text = f"Delivery\n\n{question}\n{answer}\n{more}\n\nCall us.\n"
    assert leads(load(text.encode())) == [(answer, question), (more, question)]
    asked = f"Delivery\n\n{question}\n{answer}\nWho pays?\nYou do.\nNOTE: {more}\n"
    assert leads(load(asked.encode())) == [(answer, question), ("You do.", "Who pays?")]
    tight = f"We are a shop.\n{question}\n{answer}\n{more}\n"
    assert leads(load(tight.encode())) == [(answer, question)]


@pytest.mark.parametrize("stamp", ["[12/05/2024, 09:{}:22] ", "12/05/2024, 09:{} - "])
def test_what_is_said_later_answers_no_question_of_a_chat(stamp: str) -> None:
    """The answer goes on in lines without the time, and ends where another speaks."""
    times = [stamp.format(minute) for minute in range(14, 17)]
    asked, said = f"{times[0]}Anna: Did you get the keys?", f"{times[1]}Bob: Yes."
    text = f"{asked}\n{said}\nThey are blue.\n{times[2]}Bob: The code is 4711\n"
    assert leads(load(text.encode())) == [(said, asked), ("They are blue.", asked)]


def test_numbered_questions_have_answers() -> None:
    """Each its own, under it; what follows a list of questions answers none of them."""
    text = "Help\n\n1. Who pays?\nYou do.\n\n2. Is it far?\n\nNo, it is near.\n\nCall us.\n"
    asked = [("You do.", "1. Who pays?"), ("No, it is near.", "2. Is it far?")]
    assert leads(load(text.encode())) == asked
    text = "Help\n\n1. Who pays?\nThose who are\n- old\n- young\n\n2. Is it far?\nNo.\n"
    assert leads(load(text.encode()))[-1] == ("No.", "2. Is it far?")
    listed = "We ask:\n\n1. Who pays?\n2. Is it far?\n\nWe don't know yet.\n"
    assert leads(load(listed.encode())) == [
        ("1. Who pays?", "We ask:"),
        ("2. Is it far?", "We ask:"),
    ]


def test_the_rest_of_an_item_that_asks_is_its_answer() -> None:
    """Paragraphs of Markdown that stand in one item of a list."""
    text = "# Help\n\n1. Who pays?\n\n   You do.\n\n2. Is it far?\n\n   No.\n"
    asked = [("You do.", "1. Who pays?"), ("No.", "2. Is it far?")]
    assert leads(load(text.encode(), "a.md")) == asked


def test_lines_under_a_colon_are_a_list() -> None:
    """Two or more, without closing punctuation, up to a blank line or another field."""
    text = "Present:\nAnna Holm (chair)\nBo Lind\nApologies: Dee Ray\n\nNote:\nAll is well.\n"
    document = load(text.encode())
    assert leads(document) == [("Anna Holm (chair)", "Present:"), ("Bo Lind", "Present:")]
    assert ("prose", "Apologies: Dee Ray") in kinds(document)


@pytest.mark.parametrize("gap", ["    ", "\t"])
def test_rows_are_tied_to_the_row_that_names_their_columns(gap: str) -> None:
    """A heading stands over them, and what has another number of cells is none of them."""
    rows = [gap.join(row) for row in (("Departs", "Days"), ("06:30", "Mon-Fri"), ("9:00", "Sun"))]
    text = "\n".join(["Ferries", "", "North - East", "", *rows, f"a{gap}b{gap}1", "", "Dogs pay."])
    document = load(text.encode())
    assert headings(document) == [("Ferries",), ("North - East",)]
    assert leads(document) == [(rows[0], None), (rows[1], rows[0]), (rows[2], rows[0])]
    unnamed = "\n".join([rows[1], rows[2], rows[1]])
    assert leads(load(unnamed.encode())) == []


@pytest.mark.parametrize(
    "table",
    [
        "+------+-----------+\n{}\n+------+-----------+\n{}\n{}\n+------+-----------+\n",
        "{}\n|------|:---------:|\n{}\n{}\n",
        "{}\n--------------------\n{}\n{}\n",
        "{}\n======\t======\n{}\n{}\n",
        "┌──────┬───────────┐\n{}\n├──────┼───────────┤\n{}\n├──────┼───────────┤\n{}\n└──────┴───────────┘\n",
    ],
)
@pytest.mark.parametrize("cell", ["| {:4} | {:9} |", "│ {:4} │ {:9} │", "{:9}{:9}"])
def test_a_table_may_be_drawn(table: str, cell: str) -> None:
    """A line under its first row says that this names the columns."""
    made = [
        cell.format(*row).strip() for row in (("Name", "Room"), ("Ann", "hall"), ("Bob", "loft"))
    ]
    document = load(f"Who sleeps where.\n\n{table.format(*made)}\nThat is all.\n".encode())
    assert leads(document) == [(made[0], None), (made[1], made[0]), (made[2], made[0])]
    assert headings(document) == []


def test_a_cell_of_a_drawn_table_may_be_empty() -> None:
    """What stands between borders counts, whatever else says how many cells a row has."""
    header, *rows = made = [
        "| Name | Day   | Room |",
        "| Ann  |       | 1    |",
        "|      | May 1 |      |",
    ]
    document = load("\n".join(["+------+", header, "+======+", *rows, "+------+"]).encode())
    assert leads(document) == [(header, None), *((row, header) for row in made[1:])]


def test_a_dated_title_is_one() -> None:
    """Two lines alone at the top, of which one has a year, are title and date."""
    text = "Interview with Anna Holm\nRecorded on 3 May 2024\n\nI came to the quay as a child.\n"
    assert load(text.encode()).title == "Interview with Anna Holm"
    address = "Anna Holm\nMill Street 4\n\nI came to the quay as a child.\n"
    assert headings(load(address.encode(), "a.txt")) == []


def test_numbered_headings_lie_as_deep_as_their_number() -> None:
    """Also where one stands directly over its first part."""
    text = "1 Aims\n\nWe look.\n\n2 Data\n\n2.1 Sources\n\nWe read.\n\n2.2 Sums\n\nWe add.\n"
    found = [("1 Aims",), ("2 Data",), ("2 Data", "2.1 Sources"), ("2 Data", "2.2 Sums")]
    assert headings(load(text.encode())) == found


def test_paragraphs_of_a_law_have_their_headings() -> None:
    """A section sign and its number, or an article, over its text; a sentence that begins with one
    is none."""
    text = (
        "Rules\n\n§ 1\n\nThe tenant pays the rent.\n\n§ 2a Notice\nEither side may end it.\n\n"
        "Art. 3\n\nDogs are welcome.\n\n§ 1 and § 2a apply to guests.\n\n"
        "Section 4. End\nIt ends in May.\n"
    )
    found = [("Rules",), ("§ 1",), ("§ 2a Notice",), ("Art. 3",), ("Section 4. End",)]
    assert headings(load(text.encode())) == found


PAGED = """A Report on Bridges                                            Page 1

The old bridge stood on the hill and nobody had crossed it for
many years, until the mayor said
{foot}1
\fA Report on Bridges                                            Page 2

that it was to be opened again. It was painted red.
{foot}2
\f
A Report on Bridges                                            Page 3

Costs

It cost 5 million.
{foot}3
""".format(foot="\n                           - Draft - ")


def test_a_sentence_goes_on_over_the_border_of_two_pages() -> None:
    """What repeats at the edges of pages is gone, but at the top of the first one; what a page
    says is cited with its number."""
    document = load(PAGED.encode())
    check_structure(document)
    assert "Draft" not in document.text
    assert document.text.count("A Report on Bridges") == 1
    said = [s.span.of(document.text) for s in sentences(document.text, document.blocks)]
    assert said[1:] == [
        "The old bridge stood on the hill and nobody had crossed it for\nmany years, until the mayor"
        " said\nthat it was to be opened again.",
        "It was painted red.",
        "Costs",
        "It cost 5 million.",
    ]
    at = document.text.index("It cost")
    (page,) = [p for p in document.pages if p.span.start <= at < p.span.end]
    assert (page.number, page.label) == (3, "3")
    assert [p.number for p in document.pages] == [1, 2, 3]


def test_a_lone_form_feed_takes_nothing_away() -> None:
    """Pages whose edges say different things keep all of it; one of nothing is no page."""
    document = load(b"Chapter One\n\nThey left.\n\n\f\fChapter Two\n\nThey came back.\n")
    assert document.text == "Chapter One\n\nThey left.\n\nChapter Two\n\nThey came back.\n\n"
    assert headings(document) == [("Chapter One",), ("Chapter Two",)]
    assert [page.number for page in document.pages] == [1, 3]


def test_numbered_headings_stand_at_the_margin_of_indented_text() -> None:
    """Also one directly under another; `o` marks items, and a table of contents says nothing."""
    text = (
        "Contents\n\n   1.  Terms ........ 2\n   2.  Hosts ........ 3\n\n1.  Terms\n\n   A host is a"
        " thing.\n\n   It waits.\n\n2.  Hosts\n\n2.1.  Old Ones\n\n   They differ:\n\n"
        "   o  Some wait.\n\n   o  Some don't.\n"
    )
    document = load(text.encode())
    assert headings(document)[-3:] == [
        ("1.  Terms",),
        ("2.  Hosts",),
        ("2.  Hosts", "2.1.  Old Ones"),
    ]
    assert [text for kind, text in kinds(document) if kind == "navigation"] == [
        "1.  Terms ........ 2",
        "2.  Hosts ........ 3",
    ]
    assert leads(document) == [
        ("o  Some wait.", "They differ:"),
        ("o  Some don't.", "They differ:"),
    ]


def test_a_number_goes_on_where_the_one_before_was_a_heading() -> None:
    """What stands under `2. Hall` is not said to be of the budget."""
    text = "MINUTES\nDate: 3 May 2024\n\n1. Budget\nIt was approved.\n2. Hall\nIt is closed.\n"
    assert headings(load(text.encode()))[1:] == [("1. Budget",), ("2. Hall",)]
    steps = "Steps\n\nTo do:\n\n1. Open\nDo it well.\n2. Close\nAll is done.\n"
    assert headings(load(steps.encode())) == [("Steps",)]


def test_a_rule_under_a_sentence_makes_no_heading() -> None:
    """It parts a message from what every message says."""
    text = (
        "Hello.\n\nThe contract ends in May. Notice is given.\n________________\nKeep it secret.\n"
    )
    assert headings(load(text.encode())) == []
    text = "Hello.\n\nThe contract ends in May.\n--------------------\nKeep it secret.\n"
    assert headings(load(text.encode())) == []


def test_a_front_matter_is_quoted_by_the_entry() -> None:
    """Each entry of YAML or TOML is one, with what it holds; the latter names the text too."""
    yaml = "---\ntitle: Bees\ndate: 2024-05-01\ntags:\n  - hive\n- wax\n---\n\nThey hum.\n"
    assert kinds(load(yaml.encode(), "a.md"))[:3] == [
        ("prose", "title: Bees"),
        ("prose", "date: 2024-05-01"),
        ("prose", "tags:\n  - hive\n- wax"),
    ]
    document = load(b'+++\ntitle = "Bees"\ndraft = false\n+++\n\nThey hum.\n', "a.md")
    assert document.title == "Bees"
    assert kinds(document)[1:] == [("prose", "draft = false"), ("prose", "They hum.")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("> [!WARNING]\n> Never turn it off.\n", "Never turn it off."),
        ('!!! note "Of note"\n    It says this.\n', "It says this."),
        (":::tip\nUse it.\n", "Use it."),
        ("{: .note }\n{% include a.html %}\nThis is a note.\n", "This is a note."),
        (":::\n", None),
        (":::tip\nUse it.\n:::\n", "Use it."),
        ("{{< note >}}\nUse it.\n{{< /note >}}\n", "Use it."),
        ("Use it.\n{: .note }\n", "Use it."),
        ("[TOC]\n", None),
        ("[[Other]] is a page.\n", "[[Other]] is a page."),
        ("> [!tip] Use it well\n", "> [!tip] Use it well"),
    ],
)
def test_marks_of_boxes_begin_no_sentence(text: str, said: str | None) -> None:
    """What says how a text is to be shown is apart from it, unless it says more than that."""
    document = load(text.encode(), "a.md")
    check_structure(document)
    prose = [
        t.removeprefix("> ") if "WARNING" in text else t for k, t in kinds(document) if k == "prose"
    ]
    assert prose == ([said] if said else [])


def test_what_closes_a_box_introduces_no_list() -> None:
    document = load(b":::tip\nUse it.\n:::\n\n- one\n- two\n", "a.md")
    assert leads(document) == [("- one", None), ("- two", None)]


def test_a_space_after_a_number_may_be_of_any_kind() -> None:
    text = "1.\u00a0Budget\n\nIt is small.\n\n2.\u2003Hall\nIt is large.\n"
    assert headings(load(text.encode())) == [("1.\u00a0Budget",), ("2.\u2003Hall",)]


@pytest.mark.parametrize("marks", ["●●", "○○", "■■", "➢➢", "✓✗", "→→", "☐☑", "\uf0b7\uf0b7"])
def test_lists_have_marks_of_many_kinds(marks: str) -> None:
    """Those that programs set, and those that stand for them where a font is missing."""
    first, second = f"{marks[0]} a warm coat", f"{marks[1]} a spare pair of boots"
    document = load(f"Each walker brings:\n{first}\n{second}\n".encode())
    assert leads(document) == [(first, "Each walker brings:"), (second, "Each walker brings:")]


def test_things_to_do_are_a_list() -> None:
    """Boxes to tick are marks, ticked or not; a mark may stand close to its text."""
    text = "Before the party\n\n[ ] call Ann\n[x] buy cake\n\nFor the tent:\n\n-pegs\n-a mallet\n"
    found = [kind for kind, _ in kinds(load(text.encode()))]
    assert found == ["heading", "item", "item", "lead", "item", "item"]


def test_paragraphs_of_an_item_belong_to_it() -> None:
    """Where they stand right of its mark and the list goes on; after its end, a paragraph is one."""
    more, end = "She answers within a week.", "We look forward to it."
    text = f"To claim:\n\n 1. Send the form.\n\n    {more}\n\n 2. Wait.\n\n    {end}\n"
    document = load(text.encode())
    assert [t for t, lead in leads(document) if lead == "To claim:"] == [
        "1. Send the form.",
        more,
        "2. Wait.",
    ]
    assert kinds(document)[-1] == ("prose", end)


def test_a_chapter_may_have_its_title_under_its_number() -> None:
    text = "CHAPTER I.\nDown the Hole\n\nIt was dark.\n\nCHAPTER II.\nThe Pool\n\nIt was wet.\n"
    document = load(text.encode())
    assert headings(document)[1::2] == [("Down the Hole",), ("The Pool",)]


def test_a_field_over_the_next_number_is_no_heading() -> None:
    """As in minutes, where it says who is to do what is under the number before."""
    text = "Minutes\n\n1. Bench\nIt was mended.\n\nAction: clerk\n\n2. Hall\nIt was sold.\n"
    assert headings(load(text.encode())) == [("Minutes",), ("1. Bench",), ("2. Hall",)]


def test_amounts_stand_under_what_they_are_of() -> None:
    """The line over the ingredients of a recipe, or the hours of a day, is their heading; not one of
    an address, nor the first line of a log."""
    amounts = ["250 g flour", "2 eggs", "½ l milk", "A pinch of salt"]
    recipe = "\n".join(
        [
            "Pancakes",
            "",
            "Serves 4",
            "",
            "Ingredients",
            *amounts,
            "",
            "Method",
            "Mix the eggs and the flour.",
        ]
    )
    assert leads(load(recipe.encode())) == [(amount, "Ingredients") for amount in amounts]
    assert headings(load(recipe.encode()))[1:] == [("Ingredients",), ("Method",)]
    for lines in (
        "Ann Berg\n12 High Street\n8010 Graz\nAustria",
        "9:00 Start\n9:01 Ok\n9:02 Go\n9:03 End",
    ):
        assert not leads(load(f"We wrote this.\n\n{lines}\n\nIt is so.\n".encode()))


def test_signs_that_nobody_sees_are_no_part_of_words() -> None:
    """A word that is broken at a soft hyphen is whole again, on the line that it began on."""
    text = "The am\u00adend\u00adment of a lease\u200b is void.\n\nIt was an amend\u00ad\n  ment, as\nall know.\n"
    whole = "The amendment of a lease is void.\n\nIt was an amendment,\nas\nall know.\n"
    for name in ("a.txt", "a.md"):
        assert load(text.encode(), name).text == whole
    alone = "We made an amend\u00ad\r\nment\r\n\r\nEnd.\r\n"
    assert load(alone.encode()).text == "We made an amendment\n\nEnd.\n"


def test_tags_alone_are_no_sentence() -> None:
    """Of HTML in Markdown, what has text or an image's description is kept."""
    picture = '<p><img src="b.png" alt="A map of Graz"></p>'
    text = (
        f'<p align="center">\n<img src="a.png">\n</p>\n\nIt is here.\n\n</details>\n\n{picture}\n'
    )
    assert kinds(load(text.encode(), "a.md")) == [("prose", "It is here."), ("prose", picture)]
