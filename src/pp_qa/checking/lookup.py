"""Where the parts of a quotation stand among all documents of a store."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING

from pp_qa.checking.alignment import but_for_typography, nearest, tolerated, verbatim
from pp_qa.checking.claims import Claim
from pp_qa.checking.differences import Match
from pp_qa.checking.wording import Wording
from pp_qa.models.embedding import embed_long
from pp_qa.types import Difference, Document, Hit, Span

if TYPE_CHECKING:
    from pp_qa.protocols import Embedder, IndexStore

LEXICAL, DENSE = 40, 10
"""Passages of each search in which a quotation is looked for first."""
_GIST = 1_000
"""Code points of a long quotation by which passages like it are found."""
MOST_PLACES = 20
"""Places listed of one quotation."""
_ELLIPSIS = re.compile(
    r"(?<!\s)\s*(?:[\[(]\s*(?:…|\.{3}|\. \. \.)\s*[\])]|…|\.{3,}|\.(?: \.){2,3})\s*"
)
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nor|neither|nothing|nobody|without|cannot|hardly|\w+n['’]t)\b", re.I
)
_SENTENCE_END = re.compile(r"[.!?]\s")
_ELIDED_WORDS = 6
"""An ellipsis that hides a negation among so few words hides the negation."""


@dataclass(frozen=True)
class Part:
    """What a quotation says between two of its ellipses; `start` is where in it."""

    wording: Wording
    start: int

    @property
    def text(self) -> str:
        return self.wording.text

    @cached_property
    def rarest(self) -> str:
        """The longest word that can be written in one way only: a text without it is passed by
        at once. The first word may have another case."""
        plain = (w.key for w in self.wording.words[1:] if w.key.isalnum())
        return max(plain, key=len, default="")


@dataclass(frozen=True, slots=True)
class Found:
    """A place of a whole quotation: its parts in one document, in their order. `claimed` where it
    is said to be from there."""

    doc_id: str
    spans: tuple[Span, ...]
    verbatim: bool
    differences: tuple[Difference, ...] = ()
    distance: int = 0
    claimed: bool = False


def whole(quoted: str) -> list[Part]:
    return [Part(Wording(quoted), 0)]


def parts(quoted: str) -> list[Part]:
    """The quotation without its ellipses."""
    found, at = [], 0
    for start, end in [*(m.span() for m in _ELLIPSIS.finditer(quoted)), (len(quoted), len(quoted))]:
        if any(c.isalnum() for c in quoted[at:start]):
            found.append(Part(Wording(quoted[at:start]), at))
        at = end
    return found


class Lookup:
    """Quotations over one generation of an index."""

    def __init__(self, store: IndexStore, embedder: Embedder) -> None:
        self.store = store
        self._embedder = embedder
        self.document = lru_cache(maxsize=64)(store.document)
        self.passages = lru_cache(maxsize=64)(store.passages)

    def by_words(self, quoted: str, among: Collection[str] | None = None) -> dict[str, list[Span]]:
        """The passages nearest to a quotation by its words, by document, best first."""
        return _by_document(self.store.search_lexical(quoted, LEXICAL, among))

    def by_likeness(self, quoted: str) -> dict[str, list[Span]]:
        """The passages nearest to a quotation by likeness, by document, best first."""
        vector = embed_long(self._embedder, quoted[:_GIST])
        return _by_document(self.store.search_dense(vector, DENSE)[0])

    # ── the same words ───────────────────────────────────────────────────────

    def standing(self, sought: Sequence[Part], doc_ids: Iterable[str], claim: Claim) -> list[Found]:
        """The places where documents say it, as many as are listed."""
        found: list[Found] = []
        for doc_id in doc_ids:
            found += standing_in(sought, self.document(doc_id), claim)
        return listed(found)

    # ── nearly the same words ────────────────────────────────────────────────

    def altered(self, sought: Sequence[Part], regions: dict[str, list[Span]]) -> Found | None:
        """The place that differs in the fewest words, of equal ones that of the likelier
        document; None when every one says something else."""
        total = sum(len(p.wording.words) for p in sought)
        best: Found | None = None
        for doc_id, spans in regions.items():
            limit = tolerated(total) if best is None else best.distance - 1
            found = self._altered_in(sought, doc_id, spans, limit)
            if found is not None:
                best = found
        return best

    def _altered_in(
        self, sought: Sequence[Part], doc_id: str, spans: Sequence[Span], limit: int
    ) -> Found | None:
        document = self.document(doc_id)
        places: list[Span] = []
        differences: list[Difference] = []
        distance = 0
        for part in sought:
            size = len(part.wording.words)
            most = min(tolerated(size), limit - distance)
            behind = places[-1].end if places else 0
            match = self._nearest(part, document, spans, most, behind)
            if match is None:
                distance += size
                within = Span(part.start, part.start + len(part.text))
                differences.append(Difference("put_in", part.text, "", within, Span(0, 0)))
            else:
                edits, where = match
                distance += edits
                if places and where.span.start < places[-1].end:
                    differences.append(_moved(part, where.span, document))
                places.append(where.span)
                differences += [_shifted(d, part.start) for d in where.differences]
            if distance > limit:
                return None
        if not places:
            return None
        return Found(doc_id, tuple(places), False, tuple(differences), distance)

    def _nearest(
        self, part: Part, document: Document, spans: Sequence[Span], most: int, behind: int
    ) -> tuple[int, Match] | None:
        """The nearest place of a part; where it stands, that after `behind` if there is one."""
        same = next(chain(_same(part, document, behind), _same(part, document)), None)
        if same is not None:
            return 0, Match(same[0])
        best: tuple[int, Match] | None = None
        for region in _regions(document, spans, len(part.text)):
            found = nearest(part.wording, region, most if best is None else best[0] - 1)
            best = found or best
        return best


def _by_document(hits: Iterable[Hit]) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = {}
    for hit in hits:
        found.setdefault(hit.passage.doc_id, []).append(hit.passage.span)
    return found


def listed(found: Iterable[Found]) -> list[Found]:
    """The places that are listed of a quotation: those that are claimed first, and of the others the
    verbatim ones if there are any."""
    order = sorted(found, key=lambda f: (not f.claimed, not f.verbatim))
    return ([f for f in order if f.claimed or f.verbatim] or order)[:MOST_PLACES]


def standing_in(sought: Sequence[Part], document: Document, claim: Claim) -> Iterator[Found]:
    """The places where one document says it: all parts, in their order."""
    places = []
    most = MOST_PLACES if len(sought) == 1 else None
    claimed = claim.stretches(document)
    for part in sought:
        found = list(islice(_same(part, document), most))
        if not found:
            return
        if len(found) == most:  # and it may stand where it is said to be, farther on
            farther = (next(_same(part, document, s.start), None) for s in claimed)
            found = sorted({*found, *filter(None, farther)})
        places.append(found)
    for links in _chains(places):
        spans = tuple(span for span, _ in links)
        hidden = tuple(_hidden(sought, spans, document.text))
        exact = all(same for _, same in links)
        there = any(s.overlap(spans[0]) for s in claimed)
        yield Found(document.doc_id, spans, exact, hidden, claimed=there)


def _same(part: Part, document: Document, begin: int = 0) -> Iterator[tuple[Span, bool]]:
    """Every place of a part from `begin` on, and whether it is verbatim: if one is, all of them are."""
    exact = False
    for span in verbatim(part.text, document.text, begin):
        exact = True
        yield span, True
    if not exact and part.rarest in document.text:
        for span in but_for_typography(part.wording, document.text, begin):
            yield span, False


def _chains(
    places: Sequence[Sequence[tuple[Span, bool]]],
) -> Iterator[list[tuple[Span, bool]]]:
    """The parts in their order, each as near behind the last one as there is one; from each
    place of the first part, but for those that another place of it follows before the next."""
    last: list[tuple[Span, bool]] | None = None
    for first in places[0]:
        chain = [first]
        for options in places[1:]:
            behind = next((o for o in options if o[0].start >= chain[-1][0].end), None)
            if behind is None:
                break
            chain.append(behind)
        else:
            if last is not None and (len(chain) == 1 or last[1:] != chain[1:]):
                yield last
            last = chain
    if last is not None:
        yield last


def _hidden(sought: Sequence[Part], spans: Sequence[Span], text: str) -> Iterator[Difference]:
    """Negations that an ellipsis leaves out of a sentence."""
    for i, part in enumerate(sought[1:], start=1):
        gap = Span(spans[i - 1].end, spans[i].start)
        left_out = gap.of(text)
        few = len(left_out.split()) <= _ELIDED_WORDS and not _SENTENCE_END.search(left_out)
        if few and _NEGATION.search(left_out):
            before = sought[i - 1]
            within = Span(before.start + len(before.text), part.start)
            yield Difference("left_out", "", left_out.strip(), within, gap)


def _moved(part: Part, at: Span, document: Document) -> Difference:
    within = Span(part.start, part.start + len(part.text))
    return Difference("moved", part.text, at.of(document.text), within, at)


def _shifted(difference: Difference, by: int) -> Difference:
    within = difference.within
    return replace(difference, within=Span(within.start + by, within.end + by))


def _regions(document: Document, spans: Sequence[Span], size: int) -> Iterator[Wording]:
    """The stretches of a document around passages, wide enough for a quotation of that size
    that begins or ends in them; joined where they meet."""
    text, reach = document.text, 2 * size
    stretch: Span | None = None
    for span in sorted(spans):
        low, high = max(0, span.start - reach), min(len(text), span.end + reach)
        if stretch is not None and low <= stretch.end:
            stretch = Span(stretch.start, max(stretch.end, high))
            continue
        if stretch is not None:
            yield Wording.around(text, stretch.start, stretch.end)
        stretch = Span(low, high)
    if stretch is not None:
        yield Wording.around(text, stretch.start, stretch.end)
