"""Slips of the pen: mended by a word of the documents, and only where there is one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_qa.spelling import mended, with_dates_in_words, with_hyphens

TEXTS = ["The annual report of the library.", "Deposits and a deposit. The bridge was built."]


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("the anual report", "the annual report"),
        ("the annnual report", "the annual report"),
        ("the annuel report", "the annual report"),
        ("the depsoit", "the deposit"),
        ("LIBARY hours", "library hours"),
        ("Brigde?", "bridge?"),
    ],
)
def test_a_slip_is_mended(question: str, meant: str) -> None:
    """A letter too few, too many or another, and two in each other's place."""
    assert mended(question, question.strip("?").split(), TEXTS) == meant


@pytest.mark.parametrize("word", ["reprots", "bilt", "manual", "anul", "repor", "fridge"])
def test_another_word_is_left_alone(word: str) -> None:
    """Two slips, too short a word, another ending, or another first letter."""
    assert mended(word, [word], TEXTS) == word


@pytest.mark.parametrize(
    ("question", "strange", "meant"),
    [
        ("how heavy is the kx200?", "kx200", "how heavy is the KX-200?"),
        ("is there wifi?", "wifi", "is there Wi-Fi?"),
        ("the e-mail of HR", "e-mail", "the email of HR"),
        ("how heavy is the kx300?", "kx300", "how heavy is the kx300?"),
        ("which kx?", "kx", "which kx?"),
    ],
)
def test_hyphens_are_those_of_the_documents(question: str, strange: str, meant: str) -> None:
    """Put in or left out, where that makes the same word."""
    texts = ["The KX-200 has Wi-Fi.", "Send an email."]
    assert with_hyphens(question, [strange], texts) == meant


@given(st.text(alphabet="abcde", min_size=1), st.text(alphabet="abcde", min_size=1))
def test_only_strange_words_change(strange: str, other: str) -> None:
    """The rest of a question stays as it is, and a word that stands in the texts as it is."""
    assert mended(f"{other} {strange}", [], [strange]) == f"{other} {strange}"
    assert mended(strange, [strange], [strange]) == strange


@pytest.mark.parametrize(
    ("written", "in_words"),
    [
        ("on 12/05/2021?", "on 12 May 2021?"),
        ("on 12.5.2021?", "on 12 May 2021?"),
        ("on 5/12/2021", "on 5 December 2021"),
        ("on 5/31/2021", "on 31 May 2021"),
        ("on 2021-05-12", "on 12 May 2021"),
        ("on the 12th of May 2021", "on 12 May 2021"),
        ("on May 12th, 2021", "on May 12, 2021"),
        ("on 1st may", "on 1 may"),
        ("on February 24th?", "on February 24?"),
        ("on 12-05-2021", "on 12 May 2021"),
    ],
)
def test_a_date_is_written_in_words(written: str, in_words: str) -> None:
    """As most documents have it."""
    assert with_dates_in_words(written) == in_words


@pytest.mark.parametrize(
    "text",
    [
        "2021-13-12",
        "32/13/2021",
        "0.0.2021",
        "1.2.3",
        "1-2-3",
        "May 4the",
        "the 12th floor",
        "12.05/2021",
    ],
)
def test_what_is_no_date_is_left_alone(text: str) -> None:
    """Versions, fractions and floors."""
    assert with_dates_in_words(text) == text
