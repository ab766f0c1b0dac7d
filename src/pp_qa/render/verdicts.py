"""The checks of quotations → terminal text and JSON."""

from __future__ import annotations

from typing import Any

from pp_qa.render.json import coverage_json
from pp_qa.render.printing import count, listed, printable
from pp_qa.render.replies import address, place_name
from pp_qa.types import Check, Difference, Place, Verification

_VERDICTS = {
    "exact": "Exact",
    "typography": "Exact but for typography",
    "altered": "ALTERED",
    "misattributed": "MISATTRIBUTED",
    "not_found": "NOT FOUND",
}
_PLACES_SHOWN = 3
"""Places printed of one quotation before the rest is counted."""

# ── JSON ─────────────────────────────────────────────────────────────────────


def verification_json(verification: Verification) -> dict[str, Any]:
    """What `pp-qa verify --json` prints."""
    return {
        "holds": verification.holds,
        "marked": verification.marked,
        "complete": verification.complete,
        "generation": verification.generation,
        "searched": coverage_json(verification.coverage),
        "checks": [check_json(c) for c in verification.checks],
    }


def check_json(check: Check) -> dict[str, Any]:
    """What became of one quotation; `start` and `end` are its place in the text given, `within`
    a range into `quoted`, `at` one into the document's text."""
    return {
        "verdict": check.verdict,
        "quoted": check.quoted,
        "start": check.span.start,
        "end": check.span.end,
        "claimed": list(check.claimed),
        "places": [_place_json(p) for p in check.places],
        "differences": [
            {
                "kind": d.kind,
                "quoted": d.quoted,
                "stored": d.stored,
                "within": [d.within.start, d.within.end],
                "at": [d.at.start, d.at.end],
            }
            for d in check.differences
        ],
    }


def _place_json(place: Place) -> dict[str, Any]:
    first = place.parts[0]
    return {
        "document": first.quote.doc_id,
        "title": first.title,
        "page": first.page,
        "page_label": first.page_label or None,
        "heading": list(first.heading_path),
        "current": first.current,
        "parts": [
            {"text": c.quote.text, "start": c.quote.span.start, "end": c.quote.span.end}
            for c in place.parts
        ],
    }


# ── text ─────────────────────────────────────────────────────────────────────


def verification_text(verification: Verification) -> str:
    """What became of each quotation, for the terminal, and how many hold."""
    checks = verification.checks
    parts = [_check_text(c) for c in checks]
    if not verification.marked and len(checks) > 1:
        parts.insert(0, "No quotation marks: each sentence is looked up as if it were quoted.")
    held = sum(c.holds for c in checks)
    nouns = "quotation" if verification.marked else "sentence"
    summary = f"{held} of {count(len(checks), nouns)} as the documents say it"
    lacking = any(c.verdict == "not_found" for c in checks)
    if lacking:
        summary += f"; searched {count(verification.coverage.documents, 'document')}"
    if lacking and not verification.complete:
        summary += " (by words and likeness only: there is too much text to read all of it)"
    if lacking and (unread := verification.coverage.unread):
        summary += f"; {len(unread)} could not be read: {listed(unread)}"
    return printable("\n\n".join([*parts, summary]))


def _check_text(check: Check) -> str:
    head = _VERDICTS[check.verdict]
    if check.holds and len(check.places) > 1:
        head += f", in {len(check.places)} places"
    lines = [f"{head}: “{' '.join(check.quoted.split())}”"]
    if check.verdict == "misattributed":
        lines.append(f"    the text says it is from: {', '.join(check.claimed)}; it stands in:")
    lines += [f"    {_difference_text(d)}" for d in check.differences]
    for place in check.places[:_PLACES_SHOWN]:
        addresses = [address(c.quote.doc_id, c.quote.span) for c in place.parts]
        if check.verdict == "altered":
            said = " … ".join(" ".join(c.quote.text.split()) for c in place.parts)
            lines.append(f"    the document says: “{said}”")
        lines += [f"    — {place_name(place.parts[0])}", f"      {' … '.join(addresses)}"]
    if len(check.places) > _PLACES_SHOWN:
        lines.append(f"    and {len(check.places) - _PLACES_SHOWN} more")
    return "\n".join(lines)


def _difference_text(difference: Difference) -> str:
    quoted, stored = (" ".join(t.split()) for t in (difference.quoted, difference.stored))
    return {
        "put_in": f"put in:   “{quoted}”",
        "left_out": f"left out: “{stored}”",
        "replaced": f"replaced: “{stored}” by “{quoted}”",
        "moved": f"moved:    “{quoted}” stands before what it follows here",
    }[difference.kind]
