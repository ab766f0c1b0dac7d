"""Slips of the pen: mended by a word of the documents, and only where there is one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_qa.spelling import mended

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


@given(st.text(alphabet="abcde", min_size=1), st.text(alphabet="abcde", min_size=1))
def test_only_strange_words_change(strange: str, other: str) -> None:
    """The rest of a question stays as it is, and a word that stands in the texts as it is."""
    assert mended(f"{other} {strange}", [], [strange]) == f"{other} {strange}"
    assert mended(strange, [strange], [strange]) == strange
