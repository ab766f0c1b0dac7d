"""Subtitles: sentences are whole, and say when they are said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ODD
from test_assistant import make_assistant
from test_loading import check_structure, load, load_or_refuse

SRT = """1
00:00:01,000 --> 00:00:04,000
The bridge was built in <i>1932</i>
and it was painted red.

2
00:00:04,500 --> 00:00:07,000
Nobody knew that it would
last for more than

3
00:00:07,200 --> 00:00:09,000 X1:40
eighty years.

4
01:02:09,200 --> 01:02:11,000
- Who built it?
- {\\an8}My grandfather did.
"""
SAID = (
    "[00:00:01] The bridge was built in 1932 and it was painted red. Nobody knew that it would last"
    " for more than eighty years.\n\n[01:02:09] - Who built it?\n\n"
    "[01:02:09] - My grandfather did."
)
VTT = """WEBVTT

NOTE not shown

intro
00:01.000 --> 00:04.000 align:start
<v Anna>The budget is <c.loud>5 million</c>.</v>

00:04.000 --> 00:06.000
<v Bob>That is
too much.

NOTE nor this

00:09.000 --> 00:12.000
So it is.
"""
NAMED = "[00:00:01] Anna: The budget is 5 million.\n\n[00:00:04] Bob: That is too much.\n\n[00:00:09] So it is."


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [("a.srt", SRT, SAID), ("a.txt", SRT, SAID), ("a.vtt", VTT, NAMED), ("a.txt", VTT, NAMED)],
)
def test_what_is_said_stands_in_paragraphs_with_their_time(
    name: str, text: str, expected: str
) -> None:
    """Whatever the file is called; a sentence goes on over what is shown at once."""
    document = load(text.replace("\n", "\r\n").encode(), name)
    check_structure(document)
    assert document.text == expected


def test_what_a_format_writes_otherwise_is_read_as_it_is_seen() -> None:
    """WebVTT writes some characters by their names, SubRip writes all as they are; some programs
    write fewer digits behind a second."""
    line = "00:00:01.{} --> 00:00:02.{}\n1 &lt; 2 &amp; so on\n"
    web = load(("WEBVTT\n\n" + line.format("000", "000")).encode(), "a.vtt")
    assert web.text == "[00:00:01] 1 < 2 & so on"
    rip = load(("1\n" + line.format("5", "25")).encode(), "a.srt")
    assert rip.text == "[00:00:01] 1 &lt; 2 &amp; so on"
    for arrow in ("00:00:01 --> 00:00:02", "00:00:01,000-->00:00:02,000"):
        assert load(f"1\n{arrow}\nIt is so.\n".encode(), "a.srt").text == "[00:00:01] It is so."


def test_an_arrow_makes_no_subtitles() -> None:
    """A text that shows a time and an arrow once is any text."""
    text = "The format is:\n\n00:00:01,000 --> 00:00:04,000\n\nIt is simple."
    assert load(text.encode()).text == text


def test_a_sentence_of_a_film_is_found() -> None:
    """It is quoted whole, though it was shown in parts."""
    reply = make_assistant(load(SRT.encode(), "a.srt")).ask("Nobody knew that it would last")
    assert reply.answered
    expected = "Nobody knew that it would last for more than eighty years."
    assert reply.citations[0].quote.text == expected


@given(
    st.lists(st.one_of(st.sampled_from(ODD), st.just("\n00:01.000 --> 99:59.999\n"))).map("".join)
)
def test_any_subtitles_get_a_sound_structure(text: str) -> None:
    """Whatever is shown, blocks lie apart and in order."""
    if document := load_or_refuse(text.encode(), "a.vtt"):
        check_structure(document)
