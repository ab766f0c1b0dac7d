"""Canonical text, sentences and safe cuts: pure functions over strings and spans."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

import regex

from pp_qa.types import Sentence, Span

if TYPE_CHECKING:
    from syntok.tokenizer import Tokenizer

    from pp_qa.types import Block

SENTENCE_LIMIT = 2_000
"""Code points after which a run without sentence ends is cut: what no reader would call one
sentence (a table, a log, minified code) must stay quotable and bounded in time."""

_DAY_OR_ZONE = (
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b"
    r"|Christmas|Easter|New Year|Eastern|Central|Mountain|Pacific|[A-Z]{2,5}\b|(?:\w+\s+){1,2}time\b)"
)
"""What goes on after "5 p.m." with a capital."""
_NOTE = (
    r"(?:\d{1,3}|[a-z]|(?:note|nb|n)\s\d{1,3}|\^[^\]\s]{1,50}|(?:when|who|where|which|why|how|by whom)\?"
    r"|(?:[a-z-]+\s){1,3}needed)"
)
"""What a mark of a note holds, here and in wikis, after which a page may stand."""
_ENDS = re.compile(
    r"(?<=[。！？])(?=[^。！？」』”’）》】\s])|(?<=[。！？][」』”’）》】])(?=[「『“‘（《【])"
    r"|(?<=[؟۔।॥])\s+(?=\S)|(?<=\w)…[\"”)]?\s+(?=[^\W\d_a-z])"
    # abbreviations before a word that goes on with none of them
    r"|\b(?:etc|[ap]\.m|[A-Z]\.[A-Z]|Ph\.D|[IVX]{2,5}|Jr|(?<=\w\s)(?:St|Ave|Rd|Blvd))\.\s+(?=(?:He|She|It|They|We|You|His|Her|Their|But|However"
    r"|This|These|That|There|When|After|While|If|As|Then)\s)"
    # amounts, and numbers at the end
    r"|(?:\d(?:bn|mn|tn)|[$€£¥]\d[\d.,]{0,15}[mk]?|\d\s?(?:[$€£¥%‰ghlmt]|min)|\bp\.c\.m)\.\s+"
    r"(?=[^\W\d_a-z])"
    r"|°\s?[CF]\.\s+(?=[A-Z])|(?:[a-z]|[A-Z]\.)\s§§?\s?[\d.]{1,15}[a-z]?\.\s+(?=[A-Z])"
    r"|\d{4}\sгг?\.\s+(?=[А-ЯЁ])|\b\d\d?\.\d\d?\.(?:\d\d){1,2}\.\s+(?=[A-ZÄÖÜ])"
    r"|(?:[a-z]\s\d+\.\d+|\bal\.\s[(\[]\d{1,4}[a-z]?[)\]])\.\s+(?=[^\W\d_a-z])"
    # hours, after some words
    r"|(?:(?:(?<![\w,:’'-])[\w,:’'-]+|[ap]\.m\.(?=\s(?:to|and|until|or)\s))\s){4}\d[\d:.]*\s?[ap]\.m\.\s+"
    rf"(?!{_DAY_OR_ZONE})(?=[A-Z][\w’'-]*\s+[a-z])"
    # addresses and names of files, brackets
    r"|(?:\w\w\.(?!al\.)[a-z]{2,4}|://\S{1,200})(?<![.!?])\.\s+(?=[^\W\d_a-z])|\)\.\s+(?=[\"“(]?[^\W\d_a-z])"
    # quotations in German and French, questions in Spanish, points in a line
    r"|[.!?]“\s+(?=[„«(]?[^\W\d_a-z])|[.!?…](?:«|\s»)\s+(?=[«»]?\s?[^\W\d_a-z])|[.!?]\s+(?=[¿¡]|[b-z]\)\s+[^\W\d_])"
    # notes in Markdown, and marks of notes after a full stop, which is none of `U.S.`
    r"|\n(?=\[\^[^\]\s]{1,50}\]:)"
    rf"|(?<=[\w)\"”%]{{2}}[.!?])(?:\[{_NOTE}\](?::\s?\d[\d–-]{{0,9}})?|[¹²³⁰⁴-⁹]+)+\s+(?=[\"“(]?[^\W\d_a-z])"
)
"""Where sentences end that syntok doesn't know of."""
_NO_ENDS = re.compile(
    r"\b(?:Reps?|Sens|Govs?|Lt|Sgt|Cpl|Pvt|Maj|Cmdr|Hon|Rev|Pres|Profs|Drs|Mx|Messrs|Mme|Mlle|Msgr"
    r"|Ft|Supt|Det|Insp|Atty|Attn|Amb|Cf|Hrn?|Dhr|Gem|Vgl|[Ii]nkl|[Ee]xkl|[Zz]zgl|Incl|Excl|Dott|dott|Sig|sig"
    r"|Avv|avv|Bros)\.\s+(?=[^\W\d_])"
    r"|\bM(?:rs?|s)\.\s+(?=[A-Z]\.)|\b[Rr]ef\.\s+(?=[Nn]o\.|\d)|\b[Nn]o\.\s+(?=[A-Z]{1,4}[ /-]?\d|\d+[/-]\d)"
    r"|\bav\.\s+(?=J\.-C)|\b\d\d?\.\s+(?=\d\d?\.\s+\d{4}\b)|(?<=\d\.\s)\d\d?\.\s+(?=\d{4}\b)"
    r"|\b(?:Dr|Prof)\.(?:\s(?:med|phil|rer|nat|jur|iur|vet|dent|ing|Ing|habil|h|c)\.)+\s+(?=[^\W\d_])"
    r"|\b(?:gem|lt|vgl|Vgl|Abs|i\.V\.m)\.\s+(?=§)|\bSupp\.\s+(?=\dd\b)"
    r"|\b(?:ул|просп|пл|им|обл|проф|акад)\.\s+(?=[А-ЯЁ])|(?<!\d\s)\bг\.\s+(?=[А-ЯЁ])"
    # when something was said
    r"|(?:\A|\n)\[[^\]\n]{1,40}\]\s+"
    r"|\b(?i:sec[st]?|sects|arts?|ch|chaps?|vols|nos|pp|eqs?|ex|app|paras?|refs?|cl|regs?|sch|ver|op"
    r"|fol|pts?|kap|ziff|rn|ext|al|apt|bldg|max|ft|núm|pág|Pág|blz|\w*str)\.\s+(?=\d)|\bEE\.\s+(?=UU\b)|\bet al\.\s+(?=[(\[]\d)"
    r"|\b\d\d?\.\s+(?=(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November"
    r"|Dezember|Jahrhundert(?:s|e|en)?|Jh|Weltkrieg(?:s|es)?|Auflage|Halbjahrs?|Quartals?|Platz)\b)"
    # what a number at the start names
    r"|(?:\A|(?<=[.!?:]\s)|(?<=\n))(?:(?:Step|Section|Article|Clause|Rule|Chapter|Figure|Table|Example"
    r"|Question|Schritt|Artikel|Abschnitt|Abbildung|Tabelle)\s+|§\s?)\d{1,4}[a-z]?\.\s+(?=[^\W\d_])"
    r"|(?:\A|(?<=\n))\d{1,3}(?:\.\d{1,3}){1,5}\.\s+(?=[^\W\d_])"
    # what closes a quotation in French
    r"|[.!?…]\s+(?=»(?!\w))"
    # the mark of a note in Markdown, before its text
    r"|\[\^[^\]\s]{1,50}\](?=:)"
    # a semicolon, which in Greek is a question mark; what stands in brackets, before a full stop
    r"|(?<![Ͱ-Ͽἀ-῿]);[\"'”’»)\]]*\s+|[)\]](?=[.,;:!?])"
)
"""Abbreviations of titles and of what is numbered, days of months and other ordinals, the numbers of
steps, semicolons and brackets, which syntok takes for ends."""
_GRAPHEME = regex.compile(r"\X")
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Soft hyphens, zero-width spaces and joiners, byte-order marks: they only say where a line may be
broken."""
_BROKEN = re.compile(r"\u00ad[ \t]*\n[ \t]*([^\W\d_]\S*)[ \t]*(?:\n|(?<=[ \t])|\Z)")
"""A word that was broken at a soft hyphen, which is seen there."""


def canonical(text: str) -> str:
    """Unicode NFC, `\\n` line ends, nothing that nobody sees. Idempotent."""
    text = _BROKEN.sub(r"\1\n", text.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text))


def strip_span(text: str, span: Span) -> Span:
    """`span` without the white space at its ends; empty at its start when it is all white."""
    covered = span.of(text)
    start = span.start + len(covered) - len(covered.lstrip())
    return (
        Span(start, max(start, span.start + len(covered.rstrip())))
        if covered.strip()
        else Span(span.start, span.start)
    )


def cut_near(text: str, span: Span, middle: int) -> int:
    """A place to cut inside `span`, as near to `middle` as can be: after white space if some lies
    within a quarter of the span, else between two graphemes, else between two code points."""
    reach = max(1, len(span) // 4)
    low, high = max(span.start + 1, middle - reach), min(span.end - 1, middle + reach)
    graphemes = _GRAPHEME.finditer(text, span.start, span.end)
    borders = [start for m in graphemes if low <= (start := m.start()) <= high]
    spaces = [i for i in borders if text[i - 1].isspace()]
    return min(spaces or borders, key=lambda i: abs(i - middle), default=middle)


def pieces(text: str, span: Span, fits: Callable[[str], bool]) -> Iterator[Span]:
    """Halve `span` until every piece fits; a single code point always counts as fitting."""
    stack = [span]
    while stack:
        part = stack.pop()
        if len(part) <= 1 or fits(part.of(text)):
            yield part
            continue
        cut = cut_near(text, part, (part.start + part.end) // 2)
        stack += [Span(cut, part.end), Span(part.start, cut)]


@cache
def _tokenizer() -> Tokenizer:
    from syntok.tokenizer import Tokenizer

    return Tokenizer(emit_hyphen_or_underscore_sep=True, replace_not_contraction=False)


def _segment_starts(text: str) -> list[int]:
    """Where the sentences of one paragraph start; syntok decides, but for some
    abbreviations and the full stops of other scripts."""
    from syntok import segmenter

    starts = {0}
    for sentence in segmenter.segment(_tokenizer().tokenize(text)):
        if sentence:
            starts.add(sentence[0].offset)
    starts.difference_update(m.end() for m in _NO_ENDS.finditer(text))
    starts.update(m.end() for m in _ENDS.finditer(text))
    # A mark belongs to what stands before it.
    return sorted(s for s in starts if not (s and unicodedata.combining(text[s])))


def sentence_spans(text: str, span: Span) -> list[Span]:
    """The sentences inside `span`, in order, without the white space between them.

    Nothing but white space is left out, and none is longer than SENTENCE_LIMIT.
    """
    spans = []
    for part in pieces(text, span, lambda t: len(t) <= SENTENCE_LIMIT * 8):
        starts = [part.start + s for s in _segment_starts(part.of(text))]
        for start, end in zip(starts, [*starts[1:], part.end], strict=True):
            fitting = pieces(text, Span(start, end), lambda t: len(t) <= SENTENCE_LIMIT)
            spans += [s for piece in fitting if len(s := strip_span(text, piece))]
    return spans


def sentences(text: str, blocks: Iterable[Block]) -> list[Sentence]:
    """What can be quoted of these blocks: whole headings and items, prose by sentence."""
    found = []
    for block in blocks:
        whole = block.kind != "prose" and len(block.span) <= SENTENCE_LIMIT
        spans = [block.span] if whole else sentence_spans(text, block.span)
        found += [Sentence(s, block.kind, block.lead) for s in spans]
    return found
