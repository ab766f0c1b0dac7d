"""Paragraphs that were broken into lines are read whole, and what is told by its lines is not."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from test_loading import headings, kinds, leads, load

from pp_qa.text import sentences

PARAGRAPHS = [
    "The harbour office was founded in 1887 by the merchants of the town, who wanted a single place"
    " where fees could be paid. Before that, every quay had its own collector, and ships that moved"
    " from one to another paid twice.",
    "In the first year only forty ships came in. The office had two clerks.",
    "By 1912 there were more than nine hundred, among them the mail steamers of the northern line,"
    " which called every second Thursday and brought most of the newspapers. Dr. Anna Holm, who"
    " kept the books from 1903 on, noted that no captain ever disputed a fee. She left the office"
    " in 1921.",
    "Everything is kept in the archive of the town, on the second floor of the old customs house"
    " in Mill Street. Visitors are asked to write beforehand.",
]


def wrapped(width: int, first: str = "", rest: str = "") -> list[str]:
    return [
        textwrap.fill(p, width, initial_indent=first, subsequent_indent=rest) for p in PARAGRAPHS
    ]


def ragged(paragraph: str, width: int) -> str:
    """Lines that end anywhere between half the width and all of it."""
    random_, lines, line = random.Random(width), [], ""
    most = width
    for word in paragraph.split():
        if line and len(line) + 1 + len(word) > most:
            lines.append(line)
            line, most = "", random_.randint(width // 2, width)
        line = f"{line} {word}".strip()
    return "\n".join([*lines, line])


FORMS: dict[str, Callable[[int], str]] = {
    "plain": lambda width: "\n\n".join(wrapped(width)),
    "crlf": lambda width: "\n\n".join(wrapped(width)).replace("\n", "\r\n"),
    "trailing spaces": lambda width: "\n\n".join(wrapped(width)).replace("\n", "  \n"),
    "indented": lambda width: "\n\n".join(wrapped(width, "    ", "    ")),
    "first lines indented": lambda width: "\n\n".join(wrapped(width, "   ")),
    "first lines indented, no blank lines": lambda width: "\n".join(wrapped(width, "   ")),
    "quoted": lambda width: "\n>\n".join(wrapped(width, "> ", "> ")),
    "uneven": lambda width: "\n\n".join(ragged(p, width) for p in PARAGRAPHS),
}


def told(text: str) -> list[str]:
    """What a paragraph says, without how it was broken."""
    return text.replace("> ", "").split()


@pytest.mark.parametrize("width", [30, 40, 50, 60, 72])
@pytest.mark.parametrize("form", FORMS)
def test_paragraphs_are_whole_whatever_the_width(form: str, width: int) -> None:
    """How wide lines are, how they are indented and what ends them changes no paragraph."""
    found = kinds(load(FORMS[form](width).encode()))
    assert [kind for kind, _ in found] == ["prose"] * len(PARAGRAPHS)
    assert [told(text) for _, text in found] == [p.split() for p in PARAGRAPHS]


@pytest.mark.parametrize("width", [30, 40, 50, 60])
def test_a_paragraph_of_two_lines_is_whole(width: int) -> None:
    """Also where there is nothing else from which to tell the width."""
    text = "\n".join(wrapped(width)[0].split("\n")[:2])
    document = load(text.encode())
    assert [s.span.of(document.text) for s in sentences(document.text, document.blocks)] == [text]


@pytest.mark.parametrize(
    "text",
    [
        "The harbour is open\nfrom May to October.",
        "Please note that the lift\nis out of order,\nand so are the stairs.",
        "The water will be turned off on\nTuesday after nine.",
    ],
)
def test_a_sentence_over_short_lines_is_whole(text: str) -> None:
    """Lines that end in a full stop are sentences, and one that begins inside of a sentence goes on
    with the line above it, however much room that had."""
    document = load(f"Notice\n\n{text}\n".encode())
    assert kinds(document)[1:] == [("prose", text)]


def test_the_body_of_a_message_is_whole() -> None:
    """A reply, and what it answers, which is quoted under it, are paragraphs of their own."""
    message = EmailMessage()
    message["Subject"] = "The boat"
    reply = "Yes, Thursday is fine. I will bring the\nkeys to the boat house."
    asked = "> We could meet on Thursday at nine, in\n> front of the boat house."
    message.set_content(f"{reply}\n\nBo Lind wrote:\n{asked}\n> -- \n> Bo\nAnna\n")
    found = kinds(load(message.as_bytes(), "a.eml"))
    assert [text for kind, text in found if kind == "prose"][:3] == [reply, "Bo Lind wrote:", asked]
    assert found[-1] == ("prose", "Anna")


def test_a_heading_directly_over_a_wrapped_paragraph_is_apart() -> None:
    """There was room left on its line."""
    text = f"Minutes\n\nBudget\n{wrapped(60)[0]}\n\nRoof\n{wrapped(60)[2]}\n"
    assert headings(load(text.encode())) == [("Minutes",), ("Budget",), ("Roof",)]


def test_an_item_may_go_on_without_an_indent() -> None:
    """Its second line begins inside its sentence, and what comes after the list doesn't."""
    item = "- no ship may lie at the quay for more than two nights, unless\nthe office has agreed"
    end = "Whoever breaks them pays 40 euros, and loses the berth for the\nrest of the season."
    document = load(f"The rules are:\n{item}\n- fees are paid\n{end}\n".encode())
    assert [text for text, _ in leads(document)] == [item, "- fees are paid"]
    assert kinds(document)[-1] == ("prose", end)


@pytest.mark.parametrize(
    "lines",
    [
        # A poem with capitals, and one without.
        "When first the harbour woke beneath the grey,\nAnd all the nets lay drying on the stone,\n"
        "I saw the ferries slowly drift away,\nAnd counted every window as my own.",
        "the water comes in under the doors\nand lifts the shoes of everyone\n"
        "we do not speak of it\nthe morning after we sweep\nsand into the yard again",
        # An address, and names.
        "Harbour Office\nCustoms House, 2nd floor\n4012 Northport",
        "Members of the board\nAnna Holm\nBo Lind\nCy Twombly",
        # What belongs into a dish.
        "two cups of plain white flour\none cup of milk\na pinch of salt\nbutter for the pan",
        # Rows, and addresses of the web.
        "Day        Leaves    Ship, as it was in the year\nMonday     09:00     Northern Star of Eastby"
        "\nTuesday    09:00     northern lights of Eastby",
        "Date: 3 May 2024, from nine to eleven o’clock sharp\n"
        "Present: Anna Holm, Bo Lind, Cy Twombly, Dee Ray\nPlace: large room",
        "https://example.org/harbour/fees\nhttps://example.org/harbour/timetable\n"
        "https://example.org/harbour/history",
    ],
)
@pytest.mark.parametrize("beside", ["", PARAGRAPHS[1], "\n\n".join(wrapped(50))])
def test_lines_that_mean_something_stay_lines(lines: str, beside: str) -> None:
    """Alone, or in a text whose paragraphs are wrapped."""
    found = [text for _, text in kinds(load(f"{beside}\n\n{lines}\n".strip().encode()))]
    assert found[-lines.count("\n") - 1 :] == lines.split("\n")


def test_wrapped_markdown_is_whole() -> None:
    """Paragraphs, items and quotations of Markdown are read by its own rules."""
    item = "- the permit of the ship, which\n  the captain has signed"
    text = f"# Fees\n\n{wrapped(40)[0]}\n\n{item}\n\n{wrapped(40, '> ', '> ')[1]}\n"
    found = [text for _, text in kinds(load(text.encode(), "a.md"))]
    assert found == ["# Fees", wrapped(40)[0], item, wrapped(40, "> ", "> ")[1]]
