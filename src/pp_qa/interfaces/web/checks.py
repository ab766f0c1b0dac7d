"""Quotations that were pasted and checked, as HTML. Knows no Gradio."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pp_qa.asked import chosen
from pp_qa.errors import FilterError, PpQaError, QuestionError
from pp_qa.interfaces.web.markup import Html, html, join
from pp_qa.interfaces.web.quoting import searched, where
from pp_qa.render.printing import sentence
from pp_qa.types import Check, Citation, Difference, Place, Verification

if TYPE_CHECKING:
    from pp_qa.assistant import Assistant

log = logging.getLogger("pp_qa")

_VERDICTS = {
    "exact": ("✓", "Exact"),
    "typography": ("✓", "Exact but for typography"),
    "altered": ("!", "Altered"),
    "misattributed": ("→", "Misattributed"),
    "not_found": ("?", "Not found"),
}
_LONG = 700
"""Code points without a difference of which the middle is left out."""
_ENDS = 300
"""Code points kept on either side of it."""
_PLACES_SHOWN = 3
_CLAIMED_SHOWN = 3
_APOLOGY = "Something went wrong here, not with your text. The log says what; please try again."


def check(assistant: Assistant | None, text: str, said: str) -> tuple[Html, Verification | None]:
    """What became of a text's quotations, which are `said` to be from a document; None with it
    where there was nothing to check."""
    if assistant is None:
        return problem("There are no documents to check it against yet."), None
    try:
        if not text.strip():
            raise QuestionError("nothing was pasted; paste a quotation, or an answer that quotes")
        verification = assistant.verify(text, _meant(assistant, said))
        return results(verification), verification
    except PpQaError as error:
        return problem(sentence(str(error))), None
    except Exception:
        log.exception("a check of quotations on the page failed")
        return problem(_APOLOGY), None


def _meant(assistant: Assistant, said: str) -> list[str] | None:
    """The documents that are meant: by name or pattern, or else by a part of name or title."""
    said = " ".join(said.split())
    if not said:
        return None
    try:
        return sorted(chosen(assistant.store, said) or ())
    except FilterError:
        part = said.casefold()
        documents = assistant.documents()
        found = [d.doc_id for d in documents if part in f"{d.doc_id}\n{d.title}".casefold()]
        if not found:
            raise QuestionError(
                f"no document here is called “{said}”; leave its name out to look in all of them"
            ) from None
        return found


def place(verification: Verification, numbers: Sequence[object]) -> Citation:
    """The place that the numbers of a quotation, a place and a part stand for. Raises LookupError
    where there is none."""
    match numbers:
        case [int(check), int(place), int(part)] if min(check, place, part) >= 0:
            return verification.checks[check].places[place].parts[part]
    raise LookupError(numbers)


# ── what is shown ────────────────────────────────────────────────────────────


def waiting() -> Html:
    """What stands there before anything was checked."""
    return html(
        '<div class="checks empty"><p>Paste a quotation, or the whole answer of a chatbot. Each'
        " passage between quotation marks is looked up, word for word, in your documents.</p></div>"
    )


def working() -> Html:
    return html('<div class="checks empty" role="status"><p>Checking …</p></div>')


def problem(line: str) -> Html:
    return html('<div class="checks"><p class="said" role="alert">{line}</p></div>', line=line)


def results(verification: Verification) -> Html:
    """Every quotation with what became of it, under a line that says how many hold."""
    checks = verification.checks
    return html(
        '<section class="checks" aria-label="What became of the quotations">'
        '<h2 class="tally {kind}" tabindex="-1">{tally}</h2>{unmarked}'
        '<ol class="checked">{checks}</ol>{missing}</section>',
        kind="holds" if verification.holds else "fails",
        tally=tally(verification),
        unmarked=Html() if verification.marked else _UNMARKED,
        checks=join(_check(n, c) for n, c in enumerate(checks)),
        missing=_missing(verification) if any(not c.places for c in checks) else Html(),
    )


def tally(verification: Verification) -> str:
    """How many hold, as a sentence."""
    checks = verification.checks
    held, all_ = sum(c.holds for c in checks), len(checks)
    noun = "quotation" if verification.marked else "sentence"
    if all_ == 1:
        return f"This {noun} {'holds' if held else 'does not hold'}."
    return f"{held} of {all_} {noun}s hold{'s' if held == 1 else ''}."


def _check(number: int, check: Check) -> Html:
    icon, words = _VERDICTS[check.verdict]
    if check.holds and len(check.places) > 1:
        words += f", in {len(check.places)} places"
    altered = check.verdict == "altered"
    return html(
        '<li class="check {verdict}"><h3><i aria-hidden="true">{icon}</i>{words}</h3>'
        '<blockquote dir="auto">{text}</blockquote>{claimed}{stored}{places}</li>',
        verdict=check.verdict,
        icon=icon,
        words=words,
        text=_compared(check),
        claimed=_claimed(check) if check.verdict == "misattributed" else Html(),
        stored=_stored(check.places[0]) if altered else Html(),
        places=_places(number, check.places),
    )


def _compared(check: Check) -> Html:
    """The quotation, with what it says otherwise than the document marked inside it."""
    pieces: list[Html] = []
    at = 0
    for d in check.differences:
        pieces += [_cut(check.quoted[at : d.within.start]), *_marks(d, check.quoted)]
        at = max(at, d.within.end)
    return join([*pieces, _cut(check.quoted[at:])])


def _marks(d: Difference, quoted: str) -> Iterator[Html]:
    """A difference: what was quoted struck out, what the document says put beside it."""
    if d.kind == "moved":
        yield html(
            '<span class="moved"><span class="spoken">[stands elsewhere: </span>{text}'
            '<span class="spoken">]</span></span>',
            text=d.quoted,
        )
        return
    if d.quoted:
        yield html(
            '<del><span class="spoken">[put in: </span>{text}<span class="spoken">]</span></del>',
            text=d.quoted,
        )
    if d.stored:
        # Between two words what was left out stands alone, as it did in its document.
        yield Html(" ") if d.quoted or quoted[: d.within.start][-1:].isalnum() else Html()
        yield html(
            '<ins><span class="spoken">[left out: </span>{text}<span class="spoken">]</span></ins>',
            text=d.stored,
        )
        yield Html(" ") if quoted[d.within.end :][:1].isalnum() else Html()


def _cut(text: str) -> Html:
    """Text without its middle where that is long."""
    if len(text) <= _LONG:
        return html("{text}", text=text)
    start, end = text[:_ENDS].rpartition(" "), text[-_ENDS:].partition(" ")
    return html(
        '{start} <span class="left-out">[… {n} characters …]</span> {end}',
        start=start[0] or start[2],
        n=f"{len(text) - len(start[0] or start[2]) - len(end[2] or end[0]):,}",
        end=end[2] or end[0],
    )


def _claimed(check: Check) -> Html:
    names = ", ".join(check.claimed[:_CLAIMED_SHOWN])
    more = len(check.claimed) - _CLAIMED_SHOWN
    return html(
        '<p class="note">It is said to be from <bdi>{names}</bdi>{more}, but stands in:</p>',
        names=names,
        more=f" and {more} more" if more > 0 else "",
    )


def _stored(place: Place) -> Html:
    said = join((_cut(c.quote.text) for c in place.parts), " … ")
    return html('<p class="note">The document says: <q dir="auto">{said}</q></p>', said=said)


def _places(check: int, places: Sequence[Place]) -> Html:
    items = [_place(check, n, p) for n, p in enumerate(places)]
    if not items:
        return Html()
    more = len(items) - _PLACES_SHOWN
    rest = html(
        '<details><summary>{more} more</summary><ul class="places">{items}</ul></details>',
        more=more,
        items=join(items[_PLACES_SHOWN:]),
    )
    return html(
        '<ul class="places">{items}</ul>{rest}',
        items=join(items[:_PLACES_SHOWN]),
        rest=rest if more > 0 else Html(),
    )


def _place(check: int, number: int, place: Place) -> Html:
    several = len(place.parts) > 1
    chips = join(
        html(
            '<button type="button" class="chip" data-check="{check}" data-place="{place}"'
            ' data-part="{part}" aria-label="Show {what} of quotation {n} in its source">{shown}'
            "</button>",
            check=check,
            place=number,
            part=part,
            what=f"part {part + 1}, place {number + 1}," if several else f"place {number + 1}",
            n=check + 1,
            shown=f"{number + 1}{chr(ord('a') + part % 26)}" if several else number + 1,
        )
        for part in range(len(place.parts))
    )
    return html(
        '<li>{chips}<span class="where">{where}</span></li>',
        chips=chips,
        where=where(place.parts[0]),
    )


def _missing(verification: Verification) -> Html:
    """How far what wasn't found was looked for."""
    return Html(searched(verification.coverage) + ("" if verification.complete else _INCOMPLETE))


_UNMARKED = html(
    '<p class="note">There are no quotation marks in it, so each sentence was looked up as if it'
    " were quoted.</p>"
)
_INCOMPLETE = html(
    '<p class="note">There is too much text to read all of it: what was not found was looked for'
    " by its words and its likeness only.</p>"
)
FORM = html(
    '<form><label for="check-text">A quotation, or a whole answer that quotes</label>'
    '<textarea id="check-text" name="text" rows="5" dir="auto" placeholder="“Paste it here”"'
    ' autocomplete="off" spellcheck="false"></textarea>'
    '<label for="check-said">Said to be from (optional)</label>'
    '<input id="check-said" name="said" dir="auto" placeholder="A document’s name" autocomplete="off"'
    ' spellcheck="false"><p><button id="check-go">Check</button></p></form>'
)
"""Fields of our own: Gradio may put back what is typed into one of its own while it draws it."""
