"""Words are found in a text whatever their case and accents, and where they stand is exact."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_qa.finding import find


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("The Café, the cafe and the CAFÉ.", "cafe", ["Café", "cafe", "CAFÉ"]),
        ("The Café, the cafe.", " CAFÉ ", ["Café", "cafe"]),
        ("An ice\nage, an ice  age.", "ice age", ["ice\nage", "ice  age"]),
        ("Die Straße, die STRASSE.", "strasse", ["Straße", "STRASSE"]),
        ("Die Straße.", "stras", []),
        ("Tromsø, TROMSØ and Tromso.", "tromso", ["Tromsø", "TROMSØ", "Tromso"]),
        ("Łódź, Đakovo, Ǽon, Œuvre", "lodz", ["Łódź"]),
        ("Łódź, Đakovo, Ǽon, Œuvre", "dakovo, aeon, oeuvre", ["Đakovo, Ǽon, Œuvre"]),
        ("It’s “so” – or not.", 'it\'s "so" - or', ["It’s “so” – or"]),
        ("a\u00adb 文字 한국 x\u0302y", "AB", ["a\u00adb"]),
        ("a\u00adb 文字 한국 x\u0302y", "한", ["한"]),
        ("a\u00adb 文字 한국 x\u0302y", "xy", ["x\u0302y"]),
        ("a.b aab", "a.b", ["a.b"]),
        ("anything", " \n", []),
    ],
)
def test_words_are_found_as_readers_expect(text: str, wanted: str, found: list[str]) -> None:
    """Case, accents, typographic signs, line ends and what nobody sees make no difference."""
    assert [span.of(text) for span in find(text, wanted, 99)] == found


@given(st.text("aÀé zøæ\n’-문ß\u00ad", max_size=60), st.integers(0, 60), st.integers(1, 9))
def test_any_stretch_of_a_text_is_found_in_it(text: str, start: int, length: int) -> None:
    """In whatever case it is wanted, and what is found is found again in itself."""
    wanted = text[start : start + length]
    found = find(text, wanted.upper(), 99)
    assert bool(found) == bool(wanted.replace("\u00ad", "").strip())
    assert all(len(find(span.of(text), wanted, 99)) == 1 for span in found)


def test_no_more_is_found_than_asked_for() -> None:
    assert [span.start for span in find("a" * 50, "A", 3)] == [0, 1, 2]
