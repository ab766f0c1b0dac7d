"""Every value that travels between the stages, on one page.

All positions are half-open ranges of code points into `Document.text`.
Values are frozen; derive a changed one with `dataclasses.replace`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    """float32, shape (n, dim), unit rows."""

# ── positions ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range `[start, end)` of code points; `0 <= start <= end`."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a half-open range: [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """The text this range covers."""
        return text[self.start : self.end]

    def overlap(self, other: Span) -> int:
        """How many code points both ranges cover."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))

    def contains(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end


BlockKind = Literal["heading", "prose", "lead", "item", "navigation"]
"""What a block of text is. A *lead* is the line that introduces a list."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list item or a heading, without the white space around it.

    `lead` is set on list items only: the span of the line that introduces their list.
    """

    span: Span
    kind: BlockKind = "prose"
    lead: Span | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """The stretch of text under one heading; `heading_path` runs from the outermost heading."""

    heading_path: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Page:
    """A page or slide: `number` counts from 1, `label` is what is printed on it."""

    number: int
    label: str
    span: Span


def page_name(label: str) -> str:
    """A page's label as people say it: one that is no more than a number or a letter is put after
    "page", one like "slide 3" says what it is."""
    return label if label[:1].isalpha() and " " in label else f"page {label}"


# ── documents and passages ───────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Document:
    """A file's canonical text and its structure.

    `doc_id` is the path relative to the corpus folder, with `/`; `source` the path on disk;
    `content_hash` the SHA-256 of the file's bytes, that is, the revision.
    `sections` and `blocks` are in order and don't overlap. `details` holds what the document
    says of itself (`publisher`, `date`).
    """

    doc_id: str
    source: str
    title: str
    text: str
    content_hash: str
    sections: tuple[Section, ...] = ()
    pages: tuple[Page, ...] = ()
    blocks: tuple[Block, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A line of the catalog: a document without its text. One without a window is blank."""

    doc_id: str
    source: str
    title: str
    content_hash: str
    passage_count: int
    character_count: int
    window_count: int
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A unit that can be quoted: `kind` and `lead` are those of its block."""

    span: Span
    kind: BlockKind = "prose"
    lead: Span | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is retrieved: `text == document.text[span.start:span.end]`.

    A document's passages tile it: joined in order they are its text.
    `token_count` is in tiktoken tokens (cl100k_base). `sentences` tile nothing: they leave
    out the white space between them.
    """

    passage_id: str
    doc_id: str
    ordinal: int
    span: Span
    text: str
    heading_path: tuple[str, ...]
    token_count: int
    sentences: tuple[Sentence, ...] = ()

    def slice(self, span: Span) -> str:
        """The text of a document span that lies inside this passage."""
        if not self.span.contains(span):
            raise ValueError(f"{span} is not inside passage {self.passage_id} {self.span}")
        return self.text[span.start - self.span.start : span.end - self.span.start]


Channel = Literal["dense", "lexical", "fused"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found. `score` is engine-relative, higher is better;
    `rank` counts from 1. A fused hit keeps the scores of its legs in `legs`: the cosine
    under `dense` and BM25 divided by the best BM25 of the question under `lexical`; once read, the
    score of its best sentence under `read`; and in `copies` the other passages that were found to have the same text."""

    passage: Passage
    score: float
    rank: int
    channel: Channel
    legs: Mapping[str, float] = field(default_factory=dict)
    copies: tuple[Passage, ...] = ()

    @property
    def also_in(self) -> tuple[str, ...]:
        """The other documents that have the passage, by doc_id."""
        return tuple(sorted({p.doc_id for p in self.copies} - {self.passage.doc_id}))


# ── evidence ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SentenceScore:
    """How well a sentence answers, as one Reader sees it. `highlight` is the part inside it
    that answers, and `further` the probability in [0, 1] that it answers beside the best one, where
    the Reader can tell."""

    sentence: Sentence
    passage: Passage
    score: float
    highlight: Span | None = None
    further: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a Reader makes of a question and its hits: sentences, best first, and the
    probability in [0, 1] that the best of them answers the question."""

    scores: tuple[SentenceScore, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Quote:
    """Evidence, word for word: `text == document.text[span.start:span.end]`.

    `highlight` lies inside `span` and marks the part that matters most.
    """

    doc_id: str
    passage_id: str
    span: Span
    text: str
    score: float
    highlight: Span


@dataclass(frozen=True, slots=True)
class Found:
    """How the passage of a quote was found: the fused `score`, the `legs` that made it, and the
    `rank` it gave among all passages that were read, of which there are `of`."""

    rank: int
    of: int
    score: float
    legs: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered pointer to a Quote and its address. `current` is False when the file has
    changed or gone since it was indexed; `also_in` names other documents that say the same, of
    those that were asked; `page_label` is what is printed on the page; `found` is how a question
    came upon it; `before` are the sentences that a quote leans on which begins with "it" or the like."""

    number: int
    quote: Quote
    title: str
    source: str
    heading_path: tuple[str, ...]
    page: int | None
    current: bool
    also_in: tuple[str, ...] = ()
    page_label: str = ""
    found: Found | None = None
    before: str = ""

    @property
    def page_name(self) -> str:
        """The page as people say it: "page iv", "slide 3", or "" where there are no pages."""
        return "" if self.page is None else page_name(self.page_label or str(self.page))


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was searched: documents, passages, and the files that could not be read. `named` has
    the names by which the question itself chose the documents."""

    documents: int
    passages: int
    unread: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply with at least one verified citation. Its confidence is at least `threshold`.
    `timings` are in milliseconds; `absent` has the names and numbers of the question that no
    document has, of those that were asked: what is quoted may then be about another."""

    question: str
    search_query: str
    citations: tuple[Citation, ...]
    confidence: float
    generation: int
    coverage: Coverage
    timings: Mapping[str, float]
    threshold: float = 0.0
    absent: tuple[str, ...] = ()

    answered: Literal[True] = field(default=True, init=False)


AbstentionReason = Literal[
    "nothing_asked", "about_pp_qa", "empty_index", "nothing_near", "not_mentioned", "no_answer"
]
"""*nothing_asked*: "thanks!" and the like, for which nothing is searched. *about_pp_qa*: nothing
answers, and it asks what documents there are or who answers, or for a text to be written.
*not_mentioned*: something is near, but the question has words that no document has."""


@dataclass(frozen=True, slots=True)
class Abstention:
    """A reasoned non-answer: `closest` cites the nearest text, which is no answer; `absent` has
    the words of the question that no document has, of those that were asked; `threshold` is the
    confidence that an answer needs."""

    question: str
    search_query: str
    reason: AbstentionReason
    closest: tuple[Citation, ...]
    confidence: float
    generation: int
    coverage: Coverage
    timings: Mapping[str, float]
    absent: tuple[str, ...] = ()
    threshold: float = 1.0

    answered: Literal[False] = field(default=False, init=False)


Reply = Answer | Abstention


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier turn of a conversation. `about` is, where known, what a question was understood
    to ask (`search_query` of its reply), and of a reply the heading over its first quote."""

    role: Literal["user", "assistant"]
    text: str
    about: str = ""


# ── checking quotations ──────────────────────────────────────────────────────

Verdict = Literal["exact", "typography", "altered", "misattributed", "not_found"]
"""What became of a quotation. *typography*: the same but for marks, spaces and the case of the
first letter. *misattributed*: it stands elsewhere than the text says."""

DifferenceKind = Literal["put_in", "left_out", "replaced", "moved"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One stretch in which a quotation departs from its document: `quoted` is what it says,
    `stored` what the document says, and one of them is empty where the other has no
    counterpart. `within` is a range into `Check.quoted`, `at` one into the document's text."""

    kind: DifferenceKind
    quoted: str
    stored: str
    within: Span
    at: Span


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quotation stands in one document: one citation, or, numbered in order, one for
    each part that its ellipses leave."""

    parts: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """What became of one quotation in a text that was pasted.

    `quoted` is what was looked up, `span` its place in the text that was given, `claimed` what
    that text says it is from. `places` has every place found of an exact quotation, up to a
    bound, and the nearest one of an altered quotation, with the `differences` there.
    """

    quoted: str
    span: Span
    verdict: Verdict
    places: tuple[Place, ...] = ()
    differences: tuple[Difference, ...] = ()
    claimed: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the documents say it, word for word, where the text says they do."""
        return self.verdict in ("exact", "typography")


@dataclass(frozen=True, slots=True)
class Verification:
    """The checks of a text, in its order. `marked` is False when it has no quotation marks, so
    that each of its sentences was looked up as if it were quoted; `complete` when every
    document was read for what wasn't found, and False when there is too much to read."""

    checks: tuple[Check, ...]
    marked: bool
    complete: bool
    generation: int
    coverage: Coverage

    @property
    def holds(self) -> bool:
        """Whether every quotation does."""
        return all(check.holds for check in self.checks)


# ── the index ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, why, and what to do about it."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A document ready to be stored. `vectors` has a row for each window of the passages, in
    order: `window_counts[i]` rows belong to `passages[i]`."""

    document: Document
    passages: tuple[Passage, ...]
    vectors: Vectors
    window_counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What one generation adds to the last: `removed` doc_ids go first, then `entries` come.

    `entries` is gone through once, in order, and each is stored and let go of before the next is
    asked for: an iterator may make them as it goes, so that they are never all in memory. One
    for a doc_id that is there already replaces it. `failures` is read after the last entry: a
    list that the making of the entries adds to may be given.
    """

    entries: Iterable[DocumentEntry] = ()
    removed: tuple[str, ...] = ()
    failures: Sequence[Failure] = ()
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    corpus: str = ""


@dataclass(frozen=True, slots=True)
class IndexManifest:
    """What an index is. `fingerprints` name what shaped it (`embedder`, `pipeline`)."""

    format_version: int
    generation: int
    fingerprints: Mapping[str, str]
    documents: int
    passages: int
    failures: tuple[Failure, ...] = ()
    corpus: str = ""


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What an update did to each file, by doc_id; after a `dry_run`, what it would do. Everything
    that was seen is in one list. `sizes` has the passages of each document that was stored."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: tuple[Failure, ...] = ()
    empty: tuple[str, ...] = ()
    generation: int = 0
    passages: int = 0
    embedded: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    dry_run: bool = False
    sizes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long task is: `done` of `total` in `unit`s of the stage. While embedding, how
    many windows are done too, how many of them a second, and how long the rest may take."""

    stage: Literal["reading", "embedding", "writing", "asking"]
    done: int
    total: int
    unit: str
    windows: int = 0
    per_second: float = 0.0
    seconds_left: float | None = None
