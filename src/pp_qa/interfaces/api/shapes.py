"""What the JSON of `render` looks like, for OpenAPI and for MCP's clients. The values are made
there; a test says that they have these shapes."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pp_qa.types import AbstentionReason, DifferenceKind, Verdict


class Shape(BaseModel):
    """A JSON object. What it has more than its shape says is passed on."""

    model_config = ConfigDict(extra="allow")


class FoundShape(Shape):
    """How the passage of a quote was found: its place among the passages that were read, the fused
    score that gave it, and the likeness (`dense`) and words (`lexical`) that made the score."""

    rank: int
    of: int
    score: float
    legs: dict[str, float]


class CitationShape(Shape):
    """A quote, word for word, with its address: `start` and `end` are a half-open range of code
    points into the document's text, as is `highlight`."""

    number: int
    text: str
    before: str | None = Field(description="The sentences that a quote like “It is red.” leans on.")
    document: str
    title: str
    start: int
    end: int
    page: int | None
    page_label: str | None = Field(description="What is printed on the page.")
    heading: list[str]
    score: float
    highlight: tuple[int, int]
    current: bool = Field(description="False when the file has changed since it was indexed.")
    also_in: list[str] = Field(description="Other documents that say the same.")
    found: FoundShape | None


class CoverageShape(Shape):
    """What was searched, the files that could not be read, and the names by which the question
    itself chose documents."""

    documents: int
    passages: int
    unread: list[str]
    named: list[str]


class ReplyShape(Shape):
    """An answer (`quotes`) or an abstention (`reason` and the nearest text, which is no answer,
    in `closest`)."""

    question: str
    search_query: str
    answered: bool
    reason: AbstentionReason | None
    absent: list[str] = Field(
        description="Words of the question that no document has; of an answer, names and numbers only."
    )
    confidence: float = Field(description="The probability that the first quote answers.")
    threshold: float = Field(description="The confidence that an answer needs.")
    generation: int
    quotes: list[CitationShape]
    closest: list[CitationShape]
    searched: CoverageShape
    timings_ms: dict[str, float]


class HitShape(Shape):
    """A passage that a search found."""

    rank: int
    score: float
    legs: dict[str, float]
    document: str
    passage: str
    start: int
    end: int
    heading: list[str]
    text: str
    also_in: list[str]


class PartShape(Shape):
    text: str
    start: int
    end: int


class PlaceShape(Shape):
    """Where a quotation stands: one part, or one for each that its ellipses leave."""

    document: str
    title: str
    page: int | None
    page_label: str | None = Field(description="What is printed on the page.")
    heading: list[str]
    current: bool
    parts: list[PartShape]


class DifferenceShape(Shape):
    """What a quotation says otherwise; `within` is a range into `quoted` of the check, `at` one
    into the document's text."""

    kind: DifferenceKind
    quoted: str
    stored: str
    within: tuple[int, int]
    at: tuple[int, int]


class CheckShape(Shape):
    """What became of one quotation."""

    verdict: Verdict
    quoted: str
    start: int
    end: int
    claimed: list[str]
    places: list[PlaceShape]
    differences: list[DifferenceShape]


class VerificationShape(Shape):
    """`holds` when every check is `exact` or `typography`; `marked` is False when there were no
    quotation marks and each sentence was looked up."""

    holds: bool
    marked: bool
    complete: bool
    generation: int
    searched: CoverageShape
    checks: list[CheckShape]


class DocumentShape(Shape):
    document: str
    title: str
    passages: int
    characters: int


class FailureShape(Shape):
    source: str
    reason: str


class DocumentsShape(Shape):
    """The documents that can be asked, and the files that could not be read."""

    generation: int
    passages: int
    documents: list[DocumentShape]
    failed: list[FailureShape]


class SpanShape(Shape):
    """A stretch of a document's text."""

    document: str
    title: str
    start: int
    end: int
    text: str
    current: bool


class HealthShape(Shape):
    status: Literal["ok", "no index"]
    generation: int | None = None


class ErrorShape(Shape):
    """What went wrong, in one line: what happened, to which thing, what to do."""

    error: str
    message: str


class ListShape(Shape):
    """Some of the documents, and how many there are."""

    total: int
    documents: list[DocumentShape]


class StatusShape(Shape):
    """What an index holds."""

    generation: int
    corpus: str
    fingerprints: dict[str, str]
    passages: int
    documents: int
    failed: list[FailureShape]


class UpdateShape(Shape):
    """What an update did to each file that it didn't leave alone."""

    added: list[str]
    changed: list[str]
    renamed: list[tuple[str, str]]
    removed: list[str]
    failed: list[FailureShape]
    empty: list[str]
    generation: int
    passages: int
    embedded: int
    seconds: float
    notes: list[str]
