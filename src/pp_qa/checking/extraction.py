"""The quotations in a text: between quotation marks of any kind, in block quotes, and as
`pp-qa ask` prints them; or, where there are none, its sentences."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pp_qa.text import canonical, sentence_spans, strip_span
from pp_qa.types import Span

_CLOSERS = {
    "“": "”",
    "„": "“”",
    "”": "”",
    "«": "»",
    "»": "«»",
    "‹": "›",
    "‘": "’",
    "‚": "‘’",
    "「": "」",
    "『": "』",
    '"': '"',
    "'": "'",
    "``": "''",
}
_AFTER_SPACE = set("\"'”»‘")
"""Marks that open only where no word ends: there they close, or are an apostrophe."""
_BEFORE_SPACE = set("«‹「『")
"""Marks that may have a space after them."""
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")
_PRINTED = re.compile(
    r"^\[\d+\] (?P<quote>.*(?:\n(?: {4}.*)?)*?)\n {4}— (?P<place>.*(?:\n +\S.*:\d+-\d+$)?)",
    re.MULTILINE,
)
_BLOCK = re.compile(r"^[^\S\n]*>.*(?:\n[^\S\n]*>.*)*", re.MULTILINE)
_PREFIX = re.compile(r"^[^\S\n]*(?:>[^\S\n]?)+", re.MULTILINE)
_SIGNED = re.compile(r"\n[^\S\n]*(?:—|–|--)\s*(?P<place>.*)$")
_BEHIND = re.compile(
    r"[\s.,;:!?]{0,4}(?:\([^()\n]*\)|\[[^\[\]\n]*\]|(?:—|–|--)[^\n]*|\n\s*(?:—|–|--)[^\n]*)"
)
_SIGNED_BEFORE = re.compile(
    r"^\S{0,2}(?:[\s.,;:!?]{0,4}(?:\([^()\n]*\)|\[[^\[\]\n]*\]|(?:—|–|--)[^\n]*\n))+"
)
"""The origin of the quotation before, from its closing mark on: no quotation after it has that."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[\W_]{0,5}(?:[A-ZÀ-Þ\d]|$))")
_NUMBERS = re.compile(
    r"(?<=[\s.!?])(?:(?:\[\d{1,3}(?:, ?\d{1,3})*\]|[⁰¹²³⁴-⁹]+)[^\S\n]?)+(?=[\s.!?]|$)"
)
"""Numbers of sources behind what is said, which is not said with them."""
_SOURCES = re.compile(
    r"^[^\S\n]*(?:#+[^\S\n]*)?(?:\*\*)?(?:Sources?|References?|Citations?|Bibliography|Works cited)"
    r"[:*]*[^\S\n]*\n"
    r"(?:[^\S\n]*(?:(?:[-*•+]|\[?\d+[\].):]+)[^\S\n][^\n]*)?(?:\n|\Z))+\Z"
    r"|(?<=\n\n)(?:\[\d+\]:?[^\S\n][^\n]*(?:\n|\Z))+\Z",
    re.MULTILINE | re.IGNORECASE,
)
"""The list of sources at a text's end, under its heading or with their numbers in brackets."""
_LIST_MARK = re.compile(r"[^\S\n]*(?:[-*•+]|#{1,6}|\d+[.)]|\[\d+\])[^\S\n]+")

_Leads = list[tuple[int, str]]
"""Where each line of a text starts, and what leads to it: the heading above, or the line that ends
with a colon, over nothing but list items and block quotes."""


@dataclass(frozen=True, slots=True)
class Quotation:
    """`text` is what is quoted, `span` its place in the text around it. `near` are the stretches
    in which that text may say where it is from, the likeliest first."""

    text: str
    span: Span
    near: tuple[str, ...] = ()


def quoted(
    text: str, names: Callable[[str], bool] = lambda _: False
) -> tuple[list[Quotation], bool]:
    """What a text is to be checked for, and whether that stands between quotation marks: without
    any, it is each sentence. The sources at its end say where that is from, and nothing more; nor
    does what `names` a document, beside other quotations."""
    end = _end(text)
    if marked := [q for q in quotations(text, names) if q.span.start < end]:
        return marked, True
    every = sentences(text)
    return [q for q in every if q.span.start < end] or every, False


def _end(text: str) -> int:
    """Where the sources begin that a text lists at its end and, unless a heading says so, cites."""
    found = _SOURCES.search(text)
    if found is None:
        return len(text)
    before, listed = text[: found.start()], found[0]
    cited = not listed.startswith("[") or any(f"[{n}" in before for n in references(listed))
    return len(before) if cited else len(text)


def quotations(text: str, names: Callable[[str], bool] = lambda _: False) -> list[Quotation]:
    """The quotations in their order, the outermost where they are nested."""
    leads = _leads(text)
    whole = _whole_blocks(text, leads)
    found = [q for q, _ in whole]
    taken = [span for _, span in whole]
    inline = [s for free in _free(text, taken) for s in _inline(text, free)]
    others = [s for s in inline if not names(s.of(text))]
    inline = others if others or whole else inline
    borders = sorted([*taken, *inline])
    for span in inline:
        before, behind = _around(text, span, borders, leads)
        found.append(Quotation(canonical(text[span.start : span.end]), span, (*before, *behind)))
    found = [_cleaned(text, q) for q in found]
    return sorted((q for q in found if _has_words(q.text)), key=lambda q: q.span)


def sentences(text: str) -> list[Quotation]:
    """Every sentence as if it were quoted, without list marks."""
    found = []
    bare = _NUMBERS.sub(lambda m: " " * len(m[0]), text)
    start = 0
    for line in text.splitlines(keepends=True):
        mark = _LIST_MARK.match(line)
        span = strip_span(text, Span(start + (mark.end() if mark else 0), start + len(line)))
        spans = [*sentence_spans(bare, span), Span(span.end, span.end)]
        found += [_sentence(text, bare, s, after.start) for s, after in pairwise(spans)]
        start += len(line)
    return [q for q in found if _has_words(q.text)]


def _sentence(text: str, bare: str, span: Span, until: int) -> Quotation:
    """A sentence without the numbers of its sources, behind or before its full stop, which say
    where it is from. `bare` is the text with blanks for them; `until`, where the next one begins."""
    end = span.start + len(span.of(bare).rstrip(".!?").rstrip())
    near = (text[end:until],) if text[end:until] != bare[end:until] else ()
    if text[end : span.end] != bare[end : span.end]:
        span = Span(span.start, end)
    return Quotation(canonical(span.of(text)), span, near)


def whole(text: str) -> Quotation:
    """All of a text as one quotation."""
    return _cleaned(text, Quotation(canonical(text), Span(0, len(text))))


def references(text: str) -> dict[str, str]:
    """The numbered list of sources at a text's end: number → what stands there."""
    lines = re.findall(r"^[^\S\n]*(?:\[(\d+)\]:?|(\d+)[.):])[^\S\n]+(.+)$", text, re.MULTILINE)
    return {a or b: line for a, b, line in lines}


def _has_words(text: str) -> bool:
    return any(c.isalnum() for c in text)


def _cleaned(text: str, quotation: Quotation) -> Quotation:
    """Without white space, and without marks around the whole of it."""
    inner = quotation.text.strip()
    for opener, closers in _CLOSERS.items():
        body = inner[len(opener) : -len(opener)]
        if inner.startswith(opener) and inner[-len(opener) :] in closers and body:
            if not any(mark in body for mark in (opener, *closers)):
                inner = body.strip()
            break
    return Quotation(inner, strip_span(text, quotation.span), quotation.near)


# ── blocks ───────────────────────────────────────────────────────────────────


def _whole_blocks(text: str, leads: _Leads) -> list[tuple[Quotation, Span]]:
    """Quotations that are whole lines, each with the stretch of text that it takes up."""
    found = []
    for match in _PRINTED.finditer(text):
        body = re.sub(r"\n {4}", "\n", match["quote"])
        quotation = Quotation(canonical(body), Span(*match.span("quote")), (match["place"],))
        found.append((quotation, Span(*match.span())))
    printed = [taken for _, taken in found]
    for match in _BLOCK.finditer(text):
        span = Span(*match.span())
        before = bisect_left(printed, Span(span.end, span.end))
        if before and printed[before - 1].overlap(span):
            continue
        body = _PREFIX.sub("", match[0])
        signed = _SIGNED.search(body)
        near = [signed["place"]] if signed else []
        if behind := _BEHIND.match(text[span.end :]):
            near.append(behind[0])
        near.append(_lead(leads, span.start))
        body = body[: signed.start()] if signed else body
        found.append((Quotation(canonical(body), span, tuple(near)), span))
    return found


def _free(text: str, taken: Sequence[Span]) -> Iterator[Span]:
    """The paragraphs, without what is taken."""
    borders = [Span(*m.span()) for m in _PARAGRAPH.finditer(text)]
    at = 0
    for span in [*sorted([*borders, *taken]), Span(len(text), len(text))]:
        if at < span.start:
            yield Span(at, span.start)
        at = max(at, span.end)


# ── quotation marks ──────────────────────────────────────────────────────────


def _inline(text: str, among: Span) -> Iterator[Span]:
    """What stands between quotation marks in a paragraph, without them; of nested ones the
    outermost."""
    end = among.start
    for opening, closing, width in sorted(p for o in _CLOSERS for p in _pairs(text, among, o)):
        if opening >= end:
            yield Span(opening + width, closing)
            end = closing + width


def _pairs(text: str, among: Span, opener: str) -> Iterator[tuple[int, int, int]]:
    """Where the marks of one kind open and close, nested ones apart, and how wide they are."""
    closers = {"''"} if opener == "``" else set(_CLOSERS[opener])
    marks = "|".join(sorted({opener, *closers}))
    opened: list[int] = []
    for mark in re.compile(marks).finditer(text, among.start, among.end):
        at = mark.start()
        if opened and mark[0] in closers and _closes(text, at, among.end):
            yield opened.pop(), at, len(opener)
        elif mark[0] == opener and not (opened and opener in closers) and _opens(text, at, mark[0]):
            opened.append(at)


def _opens(text: str, at: int, mark: str) -> bool:
    """Whether a mark can be an opening one: a word follows, and for those that close or are
    apostrophes elsewhere, none ends right before."""
    if mark in _AFTER_SPACE and at and text[at - 1].isalnum():
        return False
    return mark in _BEFORE_SPACE or not text[at + len(mark) : at + len(mark) + 1].isspace()


def _closes(text: str, at: int, limit: int) -> bool:
    """Whether a mark can be a closing one: an apostrophe has a letter after it, and a straight
    mark a word before it."""
    if text[at] in "'’" and at + 1 < limit and text[at + 1].isalnum():
        return False
    return text[at] not in "\"'" or not text[at - 1].isspace()


# ── where it is said to be from ──────────────────────────────────────────────


def _around(
    text: str, span: Span, borders: Sequence[Span], leads: _Leads
) -> tuple[list[str], list[str]]:
    """What is said of a quotation's origin: right behind it, then before it in its sentence,
    then behind it, then in the line that leads to it."""
    here = bisect_left(borders, span)
    floor = borders[here - 1].end if here else 0
    ceiling = borders[here + 1].start if here + 1 < len(borders) else len(text)
    before = _PARAGRAPH.split(_SIGNED_BEFORE.sub("", text[floor : span.start]))[-1]
    behind = _PARAGRAPH.split(text[span.end : ceiling])[0]
    direct, at = "", 1
    while match := _BEHIND.match(behind, at):
        direct, at = direct + match[0], match.end()
    return [direct, _SENTENCE.split(before)[-1]], [
        _SENTENCE.split(behind[1:])[0],
        _lead(leads, span.start),
    ]


def _leads(text: str) -> _Leads:
    lead, start = "", 0
    found = []
    for line in text.splitlines(keepends=True):
        found.append((start, lead))
        start += len(line)
        said = line.strip()
        if said.endswith(":") or said.startswith("#"):
            lead = said
        elif said and not _LIST_MARK.match(said) and not said.startswith(">"):
            lead = ""
    return found


def _lead(leads: _Leads, at: int) -> str:
    """What leads to the line in which a place lies."""
    return leads[bisect_right(leads, at, key=lambda line: line[0]) - 1][1]
