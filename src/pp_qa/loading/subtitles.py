"""Subtitles (SubRip, WebVTT): what is said, in paragraphs that begin with their time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice, zip_longest
from pathlib import Path
from typing import NamedTuple

from pp_qa.loading.building import Parsed, TextBuilder, document
from pp_qa.loading.decoding import decode
from pp_qa.types import Document

_CLOCK = r"(?:(\d{1,3}):)?(\d\d):(\d\d)(?:[.,]\d{1,3})?"
_SHOWN = re.compile(
    rf"^[^\S\n]*{_CLOCK}[^\S\n]*-->[^\S\n]*{_CLOCK}(?:[^\S\n][^\n]*)?$", re.MULTILINE
)
_HEAD = 1_000
"""How far into a text its first times stand, where it is one of subtitles."""
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
_TAG = re.compile(r"</?(?:[bciuv]|font|lang|ruby|rt)\b[^>]*>|<[\d:.]+>|\{\\[^}]*\}")
_ASIDE = re.compile(r"\d+\Z|(?:NOTE|STYLE|REGION)\b")
_SPEAKS = re.compile(r"[-–—]\s|[^\W\d_][^:]{0,29}:\s")
_ENDED = re.compile(r"[.!?…。！？♪\])][\"'”’»]*\Z")
_PAUSE = 3
"""Seconds without a word after which a paragraph ends."""
_LENGTH = 400
"""Code points after which it ends with its sentence."""


class _Line(NamedTuple):
    """What is shown at once, and from when to when, in seconds."""

    start: int
    end: int
    text: str


class SubtitleLoader:
    suffixes = (".srt", ".vtt")

    def load(self, path: Path, doc_id: str, content: bytes) -> Document:
        text, unread = decode(content)
        return document(path, doc_id, content, parse(text), details={"unread": unread})


def are_subtitles(text: str) -> bool:
    """Whether a text says again and again when it is shown."""
    first = list(islice(_SHOWN.finditer(text), 2))
    return len(first) == 2 and first[0].start() < _HEAD


def parse(text: str) -> Parsed:
    builder = TextBuilder()
    paragraph: list[_Line] = []
    for line in _lines(text):
        if paragraph and _begins(line, paragraph):
            _add(builder, paragraph)
            paragraph = []
        paragraph.append(line)
    _add(builder, paragraph)
    return builder.parsed()


def _add(builder: TextBuilder, paragraph: list[_Line]) -> None:
    if paragraph:
        minutes, seconds = divmod(paragraph[0].start, 60)
        hours, minutes = divmod(minutes, 60)
        said = " ".join(line.text for line in paragraph)
        builder.add(f"[{hours:02}:{minutes:02}:{seconds:02}] {said}")


def _begins(line: _Line, paragraph: list[_Line]) -> bool:
    """Whether another paragraph begins: who speaks now says so, or a sentence came to its end."""
    if _SPEAKS.match(line.text):
        return True
    pause = line.start - paragraph[-1].end >= _PAUSE
    long = sum(len(before.text) for before in paragraph) > _LENGTH
    return (pause or long) and _ENDED.search(paragraph[-1].text) is not None


def _lines(text: str) -> Iterator[_Line]:
    """What is said, each speaker's words apart; numbers and notes between it are not shown."""
    times = list(_SHOWN.finditer(text))
    is_escaped = text.startswith("WEBVTT")
    for now, following in zip_longest(times, times[1:]):
        start, end = _seconds(now, 1), _seconds(now, 4)
        shown = text[now.end() : following.start() if following else len(text)].strip("\n")
        parts = re.split(r"\n\s*\n", shown)
        for part in parts[:1] + [p for p in parts[1:] if not _ASIDE.match(p.strip())]:
            said = _TAG.sub("", _VOICE.sub(r"\1: ", part))
            said = unescape(said) if is_escaped else said
            for words in re.split(r"\n(?=[-–—]\s)", said):
                if tidy := " ".join(words.split()):
                    yield _Line(start, end, tidy)


def _seconds(shown: re.Match[str], group: int) -> int:
    hours, minutes, seconds = (int(shown[i] or 0) for i in range(group, group + 3))
    return (60 * hours + minutes) * 60 + seconds


LOADER = SubtitleLoader()
