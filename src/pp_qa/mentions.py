"""`@name` in a question: the documents that it is to be asked of. Pure: names in, doc_ids out.

@report.pdf what is the budget?        a file, with or without its folder or its ending
@"Annual report" who signed it?        a title, or any name with spaces
@2024 @*.md @letters/                  part of one name; a pattern; a folder
What does report.pdf say?              a file's whole name needs no @
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import PurePosixPath

from pp_qa.errors import FilterError
from pp_qa.types import DocumentInfo, Failure

_MENTION = re.compile(
    r"""(?<![^\s(\[{"“«'‘])                               # not inside a word: a@b.com
    (?:\b(?:according\ to|from|in|inside|of|per|within)\s+)?  # what only leads to the name
    @(?:"(?P<straight>[^"]+)"|“(?P<curly>[^”]+)”|'(?P<single>[^']+)'
       |(?P<open>["“'])|(?P<plain>[^\s"“”@]+))""",
    re.VERBOSE | re.IGNORECASE,
)
ALL_DOCUMENTS = "@*"
"""The mention of them all."""
_FILE = re.compile(r"[^\s.]\.[A-Za-z]\w{1,7}\b")
"""The ending of a file's name, which may come after a bracket."""
_AFTER = ".,;:!?)]}»’'\"”"
"""What may follow a name without being part of it."""
_PLAIN = re.compile(r"[\w./+&*-]*[\w/*]")
"""A name that is told from what follows it without quotation marks."""
_JOINS = re.compile(r"\s*(?:(?:and|or|&|\+)\s+)?", re.IGNORECASE)
"""What may stand between two mentions, and nothing else is said there."""
_LED = re.compile(r"\A(?:[\s,;:–—]|[-.!](?:\s|$))+")
"""What may stand between a mention and the question after it."""
_NAMED = 4
"""Documents named where a name fits several."""

_Fits = Callable[[str, DocumentInfo], bool]


@dataclass(frozen=True, slots=True)
class Scoped:
    """A question without its mentions, the doc_ids that they name (None when it has none), and the
    names as they stand in them."""

    question: str
    documents: tuple[str, ...] | None = None
    names: tuple[str, ...] = ()

    @property
    def written(self) -> str:
        """The mentions alone, to be put before another question."""
        return " ".join(f"@{_quoted(name)}" for name in self.names)


def has_mentions(question: str) -> bool:
    return _MENTION.search(question) is not None


def without_mentions(text: str) -> str:
    """What somebody said, without the documents that it named."""
    return _bare(text) if has_mentions(text) else text


def may_name(question: str) -> bool:
    """Whether it takes the documents to tell if a question names some."""
    return has_mentions(question) or _FILE.search(question) is not None


def resolve(
    question: str, documents: Sequence[DocumentInfo], failures: Iterable[Failure] = ()
) -> Scoped:
    """Which documents a question names. Raises FilterError for a name after an @ that none or
    several have, so that nothing is asked that wasn't meant."""
    if has_mentions(question):
        return _resolve(question, documents, failures)
    try:
        scoped = _resolve(_with_mentions(question, documents), documents, failures)
    except FilterError:  # several files of that name, and no @ that says that one is meant
        return Scoped(question)
    return scoped if any(c.isalnum() for c in scoped.question) else Scoped(question)


def _with_mentions(question: str, documents: Iterable[DocumentInfo]) -> str:
    """The question with an @ before each file that it calls by its whole name."""
    if not _FILE.search(question):
        return question
    question, key = _composed(question), _key(question)
    names = {_composed(n) for d in documents for n in (d.doc_id, _file(d.doc_id))}
    called = {name for name in names if _key(name) in key}
    if not called:
        return question
    files = "|".join(map(re.escape, sorted(called, key=len, reverse=True)))
    return re.sub(
        rf"(?<![\w@./-])(?:[\"“'‘`](?P<marked>{files})[\"”'’`]|(?P<name>{files})(?![\w/-]))",
        lambda match: f"@{_quoted(match['marked'] or match['name'])}",
        question,
        flags=re.IGNORECASE,
    )


def _resolve(
    question: str, documents: Sequence[DocumentInfo], failures: Iterable[Failure]
) -> Scoped:
    matches = list(_MENTION.finditer(question))
    if not matches:
        return Scoped(question)
    names = [_name(match) for match in matches]
    found = {d.doc_id for name in names for d in _find(name, documents, failures)}
    rest = re.sub(r"\s+([?.!,;:])", r"\1", _bare(question))
    return Scoped(_LED.sub("", rest), tuple(sorted(found)), tuple(names))


def suggest(typed: str, documents: Sequence[DocumentInfo], most: int) -> list[DocumentInfo]:
    """The documents whose name or title fits what has been typed of it, the likeliest first."""
    key = _key(typed)
    ranks: dict[str, int] = {}
    for d in documents:
        names = _names(d)
        if any(n.startswith(key) for n in names):
            ranks[d.doc_id] = 0
        elif _partly(key, d):
            ranks[d.doc_id] = 1
        elif any(key in n for n in names):
            ranks[d.doc_id] = 2
    fitting = [d for d in documents if d.doc_id in ranks]
    return sorted(fitting, key=lambda d: (ranks[d.doc_id], natural(d.doc_id)))[:most]


def mention(doc_id: str, documents: Iterable[DocumentInfo]) -> str:
    """How a document is named in a question: by its file, and by its folder where others have
    a file of that name."""
    file = _file(doc_id)
    same = sum(_key(_file(d.doc_id)) == _key(file) for d in documents)
    return f"@{_quoted(file if same <= 1 else doc_id)}"


def _quoted(name: str) -> str:
    """In quotation marks, where it needs some."""
    if _PLAIN.fullmatch(name):
        return name
    return f'"{name}"' if '"' not in name else f"“{name}”"


def natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """A key that sorts names as people do: “chapter 2” before “chapter 10”."""
    parts = re.findall(r"\d+|\D+", _key(name))
    return tuple((0, int(p)) if p.isdecimal() else (1, p) for p in parts)


# ── names ────────────────────────────────────────────────────────────────────


def _name(match: re.Match[str]) -> str:
    if match["open"]:
        raise FilterError(
            f"the quotation mark after @ in {match.string[match.start() :][:40]!r} is not closed;"
            " close it after the document's name"
        )
    plain = match["plain"] or ""
    name = re.sub(r"['’]s$", "", plain.rstrip(_AFTER))
    return name or match["straight"] or match["curly"] or match["single"] or plain


def _tail(match: re.Match[str]) -> str:
    """What stays of a mention: the punctuation after it, and a possessive as a space."""
    plain = match["plain"] or ""
    return plain[len(plain.rstrip(_AFTER)) :] + " "


def _bare(text: str) -> str:
    """A text without its mentions, what joins two of them, and brackets around nothing else."""
    kept, at = [""], 0
    for match in _MENTION.finditer(text):
        between = text[at : match.start()]
        if at and _JOINS.fullmatch(between):
            kept[-1] = " "
        else:
            kept.append(between)
        kept.append(_tail(match))
        at = match.end()
    rest = re.sub(r"(?<!\S)\(\s*\)", "", "".join([*kept, text[at:]]))
    return " ".join(rest.split())


def _find(
    name: str, documents: Sequence[DocumentInfo], failures: Iterable[Failure]
) -> list[DocumentInfo]:
    """The document of that name, its copies too; of a pattern or a folder, all there are."""
    key = _key(name)
    for fits, several in _WAYS:
        found = [d for d in documents if fits(key, d)]
        if several and found:
            return found
        if found and len({d.content_hash for d in found}) == 1:
            return found
        if exact := [d for d in found if d.doc_id == name]:
            return exact  # others differ in case, or in how accents are written
        if found:
            raise FilterError(_ambiguous(name, found))
    raise FilterError(_unknown(name, documents, failures))


def _is_path(key: str, d: DocumentInfo) -> bool:
    return _key(d.doc_id) == key


def _is_file(key: str, d: DocumentInfo) -> bool:
    return _key(_file(d.doc_id)) == key


def _is_title(key: str, d: DocumentInfo) -> bool:
    return key in (_key(PurePosixPath(d.doc_id).stem), _key(d.title))


def _matches(key: str, d: DocumentInfo) -> bool:
    if "*" not in key and "?" not in key:
        return False
    pattern = key.replace("[", "[[]")
    return any(fnmatch.fnmatchcase(name, pattern) for name in _names(d))


def _is_in(key: str, d: DocumentInfo) -> bool:
    return key.endswith("/") and _key(d.doc_id).startswith(key)


def _partly(key: str, d: DocumentInfo) -> bool:
    """Whether a word of its names begins so; a number after letters begins one too."""
    before = r"(?<!\d)" if key[:1].isdigit() else r"(?<![^\W\d_])" if key[:1].isalpha() else ""
    return any(key in n and re.search(before + re.escape(key), n) for n in _names(d))


_WAYS: tuple[tuple[_Fits, bool], ...] = (
    (_is_path, False),
    (_is_file, False),
    (_is_title, False),
    (_matches, True),
    (_is_in, True),
    (_partly, False),
)
"""How a name may fit, the closest first, and whether it then means all that it fits."""


def _names(d: DocumentInfo) -> tuple[str, str, str]:
    return _key(d.doc_id), _key(_file(d.doc_id)), _key(d.title)


def _file(doc_id: str) -> str:
    return doc_id.rpartition("/")[2]


@lru_cache(maxsize=100_000)  # every key that is typed compares the same names
def _key(text: str) -> str:
    return " ".join(_composed(text).casefold().split())


def _composed(text: str) -> str:
    """Some systems write an accented letter of a name as two."""
    return unicodedata.normalize("NFC", text)


# ── what to say ──────────────────────────────────────────────────────────────


def _ambiguous(name: str, found: Sequence[DocumentInfo]) -> str:
    shown = ", ".join(d.doc_id for d in found[:_NAMED])
    more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
    every = f"@{_quoted(f'*{name}*')}"
    return (
        f"“{name}” fits {len(found):,} documents ({shown}{more}); give more of the name,"
        f" or write {every} to ask them all"
    )


def _unknown(name: str, documents: Sequence[DocumentInfo], failures: Iterable[Failure]) -> str:
    key = _key(name)
    for failure in failures:
        if key in (_key(failure.source), _key(_file(failure.source))):
            return f"{failure.source} can't be asked: it {failure.reason}"
    said = f"no document is called “{name}”"
    by_name = {n: d.doc_id for d in documents for n in _names(d)}
    near = dict.fromkeys(by_name[n] for n in get_close_matches(key, by_name, n=2))
    if near:
        return f"{said}; did you mean {' or '.join(mention(i, documents) for i in near)}?"
    return f"{said}; choose one after typing @, or leave the @ out to ask about the word"
