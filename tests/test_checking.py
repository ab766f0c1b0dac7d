"""Checking quotations: what stands is exact with its place, and nothing altered is called exact."""

from __future__ import annotations

import json
import re
import unicodedata
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import LINES, markdown, texts

from pp_qa.asked import LONGEST_TEXT
from pp_qa.assistant import Assistant
from pp_qa.checking import extraction, judging
from pp_qa.checking.alignment import aligned, nearest
from pp_qa.checking.wording import Wording
from pp_qa.errors import FilterError, LoadError, QuestionError
from pp_qa.render.verdicts import verification_json, verification_text
from pp_qa.settings import Settings
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder, FakeReader, make_document, make_entry
from pp_qa.types import ChangeSet, Check, Document, Page, Span, Verification

HIVES = """\
Hives of the North 2024

The hive was not healthy in March, said the keeper. “Bees are fine,” he added on 3 May 2019.
The treaty is non-binding. It cost $1,250.50 (30 %) — a “fair” price — in 2019–2020.

The plan rests on these pillars:
- security guarantees for the hives
- a **full** ceasefire with clear enforcement

Temperatures fell to -5 degrees. Nobody knows why the long-
term outlook isn’t better. The bees … flew south.

La ruche n’était pas en danger. Die Bienen sind „gesund“. 第二次大戦は1945年に終わった。長い戦争だった。
"""
MEADOWS = """\
Meadows of the South

The meadow was green in March. The bees of the meadow flew home before the long rain came.

The treaty is signed by all. The keeper slept.
"""


def library(*documents: Document) -> Assistant:
    embedder = FakeEmbedder()
    entries = tuple(make_entry(d, embedder) for d in documents)
    store = MemoryStore().apply(ChangeSet(entries=entries))
    return Assistant(store, embedder, FakeReader(), Settings(), threshold=0.5)


@cache
def shelf() -> Assistant:
    return library(make_document(HIVES, "hives.txt"), make_document(MEADOWS, "sub/meadows.txt"))


def verify(text: str, **options: str) -> Verification:
    return shelf().verify(text, **options)


def only(text: str, **options: str) -> Check:
    (check,) = verify(text, **options).checks
    return check


def changes(check: Check) -> list[tuple[str, str, str]]:
    return [(d.kind, d.quoted, d.stored) for d in check.differences]


def stands_at(check: Check) -> list[tuple[str, str]]:
    """The documents and the texts of the places, parts joined by an ellipsis."""
    return [
        (p.parts[0].quote.doc_id, "…".join(c.quote.text for c in p.parts)) for p in check.places
    ]


# ── exact ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "quoted",
    [
        "The hive was not healthy in March",
        "hive was not",
        "The bees … flew south.",
        "a **full** ceasefire",
        "long-\nterm outlook isn’t better",
        "It cost $1,250.50 (30 %)",
        "-5 degrees",
        "1945年に終わった",
        "長い戦争",
        "n’était pas",
    ],
)
def test_what_stands_is_exact_at_its_place(quoted: str) -> None:
    """A passage copied from a document is exact, with its document and its range."""
    check = only(quoted)
    assert check.verdict == "exact"
    assert stands_at(check) == [("hives.txt", quoted)]
    span = check.places[0].parts[0].quote.span
    assert HIVES[span.start : span.end] == quoted


@given(st.data())
def test_any_stretch_between_words_is_exact(data: st.DataObject) -> None:
    """Whatever is copied from a text of whatever script, from the beginning of a word to the
    end of one, is exact at the place that it was copied from."""
    text = data.draw(st.one_of(texts, markdown))
    try:
        document = make_document(text)
    except LoadError:
        assume(False)  # a text that no file holds
    words = [m.span() for m in re.finditer(r"\S+", document.text) if any(c.isalnum() for c in m[0])]
    assume(words)
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    start, end = words[first][0], words[last][1]
    start += len(document.text[start:end]) - len(document.text[start:end].lstrip("\ufeff"))
    quoted = document.text[start:end]
    (check,) = library(document).verify(quoted).checks
    assert check.verdict == "exact"
    quotes = [place.parts[0].quote for place in check.places]
    # Marks around all of it are taken for those of whoever quotes.
    assert len(quotes) >= 20 or any(
        q.span.start - start in (0, 1, 2) and quoted.strip("“”‘’\"'«»") in q.text for q in quotes
    )


def test_a_passage_in_several_places_has_them_all() -> None:
    """Each place is told, one citation a place."""
    check = only("in March")
    assert check.verdict == "exact"
    assert [doc for doc, _ in stands_at(check)] == ["hives.txt", "sub/meadows.txt"]
    assert "in 2 places" in verification_text(verify("in March"))
    (value,) = verification_json(verify("in March"))["checks"]
    assert [p["document"] for p in value["places"]] == ["hives.txt", "sub/meadows.txt"]


def test_what_no_search_finds_is_still_found() -> None:
    """Words that are not searched for, and scripts without spaces, are found by reading on."""
    documents = [
        make_document(f"Words number {n} of it and the rest.", f"{n}.txt") for n in range(60)
    ]
    many = library(*documents, make_document("It was the one of them that is not.", "z.txt"))
    (check,) = many.verify("it was the one of them that is not").checks
    assert (check.verdict, stands_at(check)[0][0]) == ("typography", "z.txt")


def test_of_many_places_those_that_are_claimed_count() -> None:
    """However many come before, and though another document has the very marks that are quoted."""
    text = "".join(f"Clause {n}. The tenant pays.\n\n" for n in range(1, 31))
    half = text.index("Clause 25")
    pages = (Page(1, "1", Span(0, half)), Page(2, "2", Span(half, len(text))))
    lease = library(replace(make_document(text, "lease.txt"), pages=pages))
    at = text.index("The", half)
    for said in ("p. 2", "lease.txt, p. 2", f"lease.txt:{at}-{at + 15}"):
        (check,) = lease.verify(f"“The tenant pays” ({said})").checks
        assert (check.verdict, len(check.places)) == ("exact", 20)
        assert check.places[0].parts[0].quote.span.start == at
    curly = make_document("He calls it a “fair” price for all.", "curly.txt")
    both = library(curly, make_document("He calls it a 'fair' price for all.", "straight.txt"))
    for name, verdict in (("curly.txt", "typography"), ("straight.txt", "exact")):
        (check,) = both.verify(f"\"He calls it a 'fair' price\" ({name})").checks
        assert (check.verdict, stands_at(check)[0][0]) == (verdict, name)


def test_what_is_found_by_reading_is_listed_as_what_is_searched() -> None:
    """No more places than that, and a place of a text that has an ellipsis itself is one."""
    others = [make_document(f"As is, was it: as it is was, as {n}.", f"{n}.txt") for n in range(60)]
    said = "It was … as it was"
    there = [make_document(f"More on rivers and seas. {said}, with fish and so on.", "z.txt")]
    (check,) = library(*others, *there).verify(f"“{said}”").checks
    assert (check.verdict, stands_at(check)) == ("exact", [("z.txt", said)])
    many = [replace(there[0], doc_id=f"z{n}.txt") for n in range(30)]
    (check,) = library(*others, *many).verify(f"“{said}”").checks
    assert (check.verdict, len(check.places)) == ("exact", 20)


def test_what_was_not_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is too much text to read all of it, what wasn't found may be missed, and the
    verification says so."""
    monkeypatch.setattr(judging, "READ_ALL", 10)
    found = verify("“the zebra sang a song in the rain”")
    assert not found.complete
    assert "by words and likeness only" in verification_text(found)
    assert verify("“The hive was not healthy”").complete


# ── typography ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "quoted",
    [
        "the hive was not healthy in March",
        "[t]he hive was not healthy",
        "The hive  was\nnot healthy in March.",
        '"Bees are fine," he added',
        "The bees ... flew south",
        "The bees . . . flew south",
        "the long-term outlook isn't better",
        "It cost $1,250.50 (30%) - a 'fair' price – in 2019-2020.",
        "these pillars: security guarantees for the hives",
        "a full ceasefire with clear enforcement",
        "a **full ceasefire** with clear enforcement",
        "n'e\u0301tait pas en danger",
        "Temperatures fell to −5 degrees",
        "Die Bienen sind «gesund»",
        "The treaty is non\u2011binding",
        "“The treaty is non-binding,”",
    ],
)
def test_typography_is_no_alteration(quoted: str) -> None:
    """Marks, spaces, hyphenation, the case of the first letter: exact but for typography."""
    check = only(quoted)
    assert check.verdict == "typography", changes(check)
    assert check.holds
    assert stands_at(check)[0][0] == "hives.txt"


# ── altered ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("quoted", "expected"),
    [
        ("The hive was healthy in March", [("left_out", "", "not")]),
        ("The meadow was not green in March", [("put_in", "not", "")]),
        ("the keeper never slept", [("put_in", "never", "")]),
        ("The treaty is binding.", [("replaced", "binding", "non-binding")]),
        ("he added on 4 May 2019", [("replaced", "4", "3")]),
        ("he added on 3 May 2018", [("replaced", "2018", "2019")]),
        ("It cost $1,250.51 (30 %)", [("replaced", "1,250.51", "1,250.50")]),
        ("It cost €1,250.50 (30 %)", [("replaced", "€", "$")]),
        ("It cost $1,250.50 (30 ‰)", [("replaced", "‰", "%")]),
        ("Temperatures fell to 5 degrees", [("left_out", "", "-")]),
        ("price — in 2020", [("replaced", "2020", "2019–2020")]),
        ("the long-term outlook is better", [("replaced", "is", "isn’t")]),
        ("in March, said the Keeper.", [("replaced", "Keeper", "keeper")]),
        ("The hive, was not healthy", [("put_in", ",", "")]),
        ("The hive was not healthy?", [("put_in", "?", "")]),
        ("flew home before the rain came", [("left_out", "", "long")]),
        ("The plan rests on pillars", [("left_out", "", "these")]),
        ("第二次大戦は1946年に終わった", [("replaced", "1946", "1945")]),
        ("La ruche était en danger", [("replaced", "était", "n’était pas")]),
    ],
)
def test_an_alteration_is_told_word_by_word(
    quoted: str, expected: list[tuple[str, str, str]]
) -> None:
    """A negation, number, name, date, sign or unit that differs is an alteration, and named."""
    check = only(quoted)
    assert (check.verdict, changes(check)) == ("altered", expected)
    for difference in check.differences:
        text = shelf().document(check.places[0].parts[0].quote.doc_id).text
        assert difference.at.of(text) == difference.stored
        assert difference.within.of(check.quoted).strip() == difference.quoted
    assert not check.holds


@pytest.mark.parametrize(
    "quoted", ["binding.", "5 degrees", "250.50", "$1,250.50 (30", "healthy in Marc"]
)
def test_what_cuts_a_word_is_not_exact(quoted: str) -> None:
    """A range that begins or ends inside a word, or between a number and its sign or unit, may
    say the opposite: it never holds."""
    assert quoted in HIVES
    assert not only(quoted).holds


@pytest.mark.parametrize(
    ("stored", "quoted", "cut"),
    [
        ("It rose to < 5 mg a day", "5 mg a day", "<"),
        ("It cost US$ 30 in all", "30 in all", "$"),
        ("It cost at most 40 € then", "It cost at most 40", "€"),
        ("A range of ±3 mm was seen", "3 mm was seen", "±"),
        ("About 20 % of them left", "About 20", "%"),
    ],
)
def test_a_number_keeps_its_sign_and_unit(stored: str, quoted: str, cut: str) -> None:
    """A sign, a currency or a per cent that belongs to a number can't be left at the border of a
    quotation."""
    (check,) = library(make_document(stored + ".")).verify(quoted).checks
    assert not check.holds
    assert [d.stored.strip() for d in check.differences] in ([cut], [])
    (whole,) = library(make_document("In 2019 $5 were paid.")).verify("In 2019").checks
    assert whole.verdict == "exact"


SENTENCES = [
    s.text
    for text in (HIVES, MEADOWS)
    for s in extraction.sentences(text)
    if s.text.count(" ") > 1 and "…" not in s.text
]
REPLACEMENTS = ["not", "never", "Smith", "17", "no", "unhealthy", "März", "is", "x"]


@given(st.data())
def test_a_changed_word_is_never_exact(data: st.DataObject) -> None:
    """Whatever word of a stored sentence is exchanged, left out or put in, nothing that covers
    the change holds."""
    sentence = data.draw(st.sampled_from(SENTENCES))
    words = sentence.split(" ")
    at = data.draw(st.integers(1, len(words) - 2))
    word = data.draw(st.sampled_from(REPLACEMENTS))
    change = data.draw(st.sampled_from(["replace", "insert", "delete"]))
    assume(change != "delete" or any(c.isalnum() for c in words[at]))
    kept = words[at:] if change == "insert" else words[at + 1 :]
    new = [] if change == "delete" else [word]
    altered = " ".join([*words[:at], *new, *kept])
    assume(not any(altered in text for text in (HIVES, MEADOWS)) and words[at] != word)
    changed = len(" ".join(words[:at]))
    covering = [
        c
        for c in verify(altered).checks
        if c.holds and c.span.start < changed and c.span.end > changed + 1 + len(word)
    ]
    assert covering == []


@given(
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=9),
    st.lists(st.sampled_from("abcde"), max_size=14),
)
def test_the_alignment_is_a_best_one(pattern: list[str], text: list[str]) -> None:
    """The bit-parallel distance is that of the plain table, and the alignment has that many
    edits."""
    table = [[0] * (len(text) + 1)]
    for i, word in enumerate(pattern, start=1):
        row = [i]
        for j, other in enumerate(text, start=1):
            row.append(min(table[-1][j - 1] + (word != other), table[-1][j] + 1, row[-1] + 1))
        table.append(row)
    best = min(table[-1][1:], default=len(pattern) + 1)
    found = nearest(Wording(" ".join(pattern)), Wording(" ".join(text)), len(pattern) - 1)
    assert (found[0] if found else None) == (best if best < len(pattern) else None)
    pairs = aligned(pattern, text)
    edits = sum(pattern[i] != text[j] for i, j in pairs) + len(pattern) - len(pairs)
    if pairs:
        edits += len(text) - pairs[0][1] - len(pairs)
        assert edits == table[-1][-1]


def test_what_is_left_out_is_said_to_be_left_out() -> None:
    """Of two places in the same sentence that are as near, the one with more words of the
    quotation: no word is said to stand for another where one was left out."""
    check = only("“was healthy in March”")
    assert (check.verdict, changes(check)) == ("altered", [("left_out", "", "not")])
    assert stands_at(check) == [("hives.txt", "was not healthy in March")]


@pytest.mark.parametrize(
    "quoted",
    [
        "Elephants fly to the moon on paper wings",
        "not guilty",
        "The keeper of the meadow has sold all his bees",
    ],
)
def test_what_is_said_nowhere_is_not_found(quoted: str) -> None:
    """A sentence that shares a few words with the documents is no altered quotation of them."""
    check = only(f"“{quoted}”")
    assert (check.verdict, check.places, check.differences) == ("not_found", (), ())


# ── ellipses ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mark", ["…", "...", " […] ", " [...] ", " (…) ", " . . . "])
def test_an_ellipsis_leaves_something_out(mark: str) -> None:
    """What stands before and behind an ellipsis must stand in one document, in that order."""
    check = only(f"The hive was not healthy{mark}The treaty is non-binding")
    assert check.verdict == "exact"
    assert stands_at(check) == [("hives.txt", "The hive was not healthy…The treaty is non-binding")]


def test_ellipses_hide_no_disorder() -> None:
    """Parts in another order, or of two documents, are an alteration; so is a negation that the
    ellipsis hides, or an altered part."""
    swapped = only("The treaty is non-binding … The hive was not healthy")
    assert (swapped.verdict, [d.kind for d in swapped.differences]) == ("altered", ["moved"])
    spliced = only("The hive was not healthy in March … the long rain came")
    assert (spliced.verdict, spliced.differences[-1].kind) == ("altered", "put_in")
    hidden = only("The hive was … healthy in March")
    assert (hidden.verdict, changes(hidden)) == ("altered", [("left_out", "", "not")])
    part = only("The hive was not sick in March … The treaty is non-binding")
    assert (part.verdict, changes(part)) == ("altered", [("replaced", "sick", "healthy")])
    twice = make_document(
        "It slept. The bees of the north flew home in the rain. It slept.", "a.txt"
    )
    (again,) = (
        library(twice).verify("“The bees of the south flew home in the rain … It slept.”").checks
    )
    assert changes(again) == [("replaced", "south", "north")]


# ── whole answers ────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "form",
    [
        "“{}”",
        "„{}“",
        "„{}”",
        "”{}”",
        "«{}»",
        "»{}«",
        "‘{}’",
        '"{}"',
        "'{}'",
        "``{}''",
        "「{}」",
        "« {} »",
    ],
)
def test_quotation_marks_of_every_kind_are_seen(form: str) -> None:
    """What stands between quotation marks is judged at its place in the text; the rest isn't."""
    quoted = "the keeper's hive isn't it"
    text = f"It's so: he wrote {form.format(quoted)} and left."
    (found,) = extraction.quotations(text)
    assert found.text == quoted
    assert found.span.of(text) == quoted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("> The hive\n> was not\n\nand so on", ["The hive\nwas not"]),
        ("> “The hive was not”\n> — hives.txt", ["The hive was not"]),
        ('He said "a b" and "c d"; 5" of rain.', ["a b", "c d"]),
        ("The dogs' owner said 'no way' to '90s pop.", ["no way"]),
        ("“He said ‘no’ to her” and ‘yes’", ["He said ‘no’ to her", "yes"]),
        ("“He said “no” to her”", ["He said “no” to her"]),
        (
            "[1] The hive was\n    not well.\n    — Hives\n      hives.txt:1-9\n",
            ["The hive was\nnot well."],
        ),
        ("“never closed\n\nand “closed”", ["closed"]),
        ("nothing quoted, isn't it", []),
    ],
)
def test_quotations_are_taken_out_of_an_answer(text: str, expected: list[str]) -> None:
    """Block quotes, nested and unclosed marks, apostrophes, what `pp-qa ask` prints."""
    assert [q.text for q in extraction.quotations(text)] == expected


@given(texts)
def test_every_text_can_be_taken_apart(text: str) -> None:
    """Whatever is pasted, its quotations and sentences lie inside it, in order."""
    for found in (extraction.quotations(text), extraction.sentences(text)):
        spans = [q.span for q in found]
        assert spans == sorted(spans)
        assert all(s.end <= len(text) and len(s) for s in spans)


HOSTILE = {
    "marks that never close": "“a " * 2_000,
    "marks that never open": "a” " * 2_000,
    "straight marks": '"a ' * 2_000,
    "emphasis": "*a " * 2_000,
    "ellipses": "… " * 2_000 + "a",
    "full stops": ". " * 2_000 + "“a”",
    "line ends": "\n" * 2_000 + "> a" + "\n" * 2_000,
    "brackets": "“a”" + "([" * 2_000,
    "list numbers": "1.\n" * 2_000,
    "block quotes": "> a\n\n" * 12_000,
    "sources": "Sources:\n- a\n\n[1] a\n" * 2_000 + "a",
}


@cache
def hostile_shelf() -> Assistant:
    return library(
        *(make_document(t[:5_000] + ".", f"{n}.txt") for n, t in enumerate(LINES.values()))
    )


@pytest.mark.parametrize("text", [*HOSTILE.values(), *LINES.values()], ids=[*HOSTILE, *LINES])
def test_a_hostile_text_is_no_trap(text: str) -> None:
    """What is pasted or stored may be as odd as it likes: it is verified, or refused in words, in
    time that grows with its length and not faster."""
    text = text[:1_500] if text in LINES.values() else text
    with suppress(QuestionError):
        hostile_shelf().verify(text)


def test_an_answer_is_judged_quotation_by_quotation() -> None:
    """Each has its own verdict, and the whole holds when all do."""
    answer = (
        "The report says “the hive was not healthy” and then 'Nobody knows why'.\n\n"
        "> The treaty is binding.\n\nIt also claims that «elephants can fly over the moon»."
    )
    found = verify(answer)
    assert found.marked
    assert not found.holds
    assert [c.verdict for c in found.checks] == ["typography", "exact", "altered", "not_found"]
    assert found.checks[0].span.of(answer) == "the hive was not healthy"


def test_without_marks_each_sentence_is_looked_up() -> None:
    """A text without quotation marks is taken sentence by sentence, and that is said."""
    found = verify("- The treaty is non-binding.\n- The keeper slept. Elephants can fly.")
    assert not found.marked
    assert [c.verdict for c in found.checks] == ["exact", "exact", "not_found"]
    assert "each sentence is looked up" in verification_text(found)


@pytest.mark.parametrize(
    "text",
    [
        'The bees of the meadow flew "home before" the long rain came.',
        "The bees of the meadow flew: “home before,” the long rain came.",
    ],
)
def test_marks_put_into_a_copied_sentence_mark_what_is_quoted(text: str) -> None:
    """Where a text says what the document says but for its marks, these are its own, and what
    stands between them is judged."""
    check = only(text)
    assert (check.quoted.rstrip(","), check.holds) == ("home before", True)


def test_a_sign_is_more_than_a_mark() -> None:
    """A copied sentence whose marks are its own may still have lost a sign outside of them."""
    check = only("Temperatures fell to 5 degrees. Nobody knows “why the” long-term")
    assert (check.verdict, changes(check)[0]) == ("altered", ("left_out", "", "-"))


def test_numbers_of_sources_are_no_part_of_a_sentence() -> None:
    """They stand before or behind its full stop, and say where it is from; what they stand for is
    in the list of sources."""
    answer = "The hive was not healthy [2]. The treaty is signed by all.[1] The keeper slept.²"
    first, second, third = verify(f"{answer}\n\n[1] hives.txt\n[2] hives.txt").checks
    assert (first.quoted, first.verdict, first.claimed) == (
        "The hive was not healthy",
        "exact",
        ("hives.txt",),
    )
    assert (second.quoted, second.verdict) == ("The treaty is signed by all.", "misattributed")
    assert (third.quoted, third.verdict, third.claimed) == ("The keeper slept.", "exact", ())
    assert only("The keeper slept[1]").verdict == "altered"  # which may be more than a number


@pytest.mark.parametrize(
    "sources",
    [
        "Sources:\n- hives.txt\n\n- “Hives of the North”, 2024",
        "## References\n\n1. hives.txt, “The hive was gone”\n2. https://example.org",
        "**Sources**:\n[1] hives.txt\n",
        "[1]: hives.txt\n[2]: sub/meadows.txt",
    ],
)
@pytest.mark.parametrize(
    "said", ["The treaty is non-binding.", "It says “the treaty is non-binding”."]
)
def test_the_list_of_sources_at_the_end_is_not_judged(said: str, sources: str) -> None:
    """It says where things are from; nobody says that the documents say it."""
    assert verify(f"{said} [1]\n\n{sources}").holds


@pytest.mark.parametrize(
    "text",
    [
        "Sources:\n- The keeper flew.",
        "He slept.\n\n[1] The keeper flew.",
        "Sources: the keeper flew.",
    ],
)
def test_what_may_be_more_than_a_list_of_sources_is_judged(text: str) -> None:
    """A list alone, one that nothing cites, and what goes on in the line."""
    assert not verify(text).holds
    assert "flew" in verify(text).checks[-1].quoted


def test_a_pasted_passage_that_quotes_is_judged_whole() -> None:
    """A passage pasted without marks around it is not judged by what it quotes alone."""
    pasted = "The hive was healthy in March, said the keeper. “Bees are fine,” he added"
    check = only(pasted)
    assert (check.quoted, check.verdict, changes(check)) == (
        pasted,
        "altered",
        [("left_out", "", "not")],
    )


# ── where it is said to be from ──────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        ("“The meadow was green in March” (hives.txt)", "hives.txt"),
        ("According to hives.txt, “the meadow was green in March”.", "hives.txt"),
        ("“The meadow was green in March”, says hives.txt.", "hives.txt"),
        ("“The meadow was green in March” — Hives of the North 2024", "hives.txt"),
        ("In hives.txt:\n- “The meadow was green in March”", "hives.txt"),
        ("> The meadow was green in March\n> — hives.txt", "hives.txt"),
        ("In hives.txt:\n\n> The meadow was green in March", "hives.txt"),
        ("In hives.txt:\n> The meadow was green in March", "hives.txt"),
        ("“The meadow was green in March” [2].\n\n[1] meadows.txt\n[2] hives.txt", "hives.txt"),
        ("“The meadow was green in March” (sub/meadows.txt:90-99)", "sub/meadows.txt:90-99"),
    ],
)
def test_a_quotation_of_another_document_is_misattributed(text: str, claimed: str) -> None:
    """What stands word for word, but not where the text says, is told with where it stands."""
    (check, *_) = verify(text).checks
    assert check.verdict == "misattributed"
    assert check.claimed == (claimed,)
    assert stands_at(check)[0][0] == "sub/meadows.txt"
    assert not check.holds


@pytest.mark.parametrize(
    "text",
    [
        "“The meadow was green in March” (meadows.txt)",
        "hives.txt says “The hive was not healthy” and meadows.txt “The meadow was green”.",
        "“The hive was not healthy”, says hives.txt. “The meadow was green”, says meadows.txt.",
        "“The hive was not healthy” (hives.txt) and “The meadow was green” (meadows.txt)",
        "“The hive was not healthy”. (hives.txt) “The meadow was green”. (meadows.txt)",
        "“The hive was not healthy”! [hives.txt]; “The meadow was green” [meadows.txt].",
        "“The hive was not healthy”. — hives.txt\n“The meadow was green” (meadows.txt)",
        "``The hive was not healthy''. (hives.txt) ``The meadow was green'' (meadows.txt)",
        "“in March” (meadows.txt)",
        "“in March” [1]\n\nSources:\n[1]: sub/meadows.txt",
    ],
)
def test_a_right_attribution_holds(text: str) -> None:
    """Where a quotation stands in the document that the text names, it is exact there first."""
    found = verify(text)
    assert [c.verdict for c in found.checks] == ["exact"] * len(found.checks)
    assert all(c.claimed for c in found.checks)
    assert stands_at(found.checks[-1])[0][0] == "sub/meadows.txt"


@pytest.mark.parametrize("between", [". (hives.txt) ", ", [hives.txt] and ", ". — hives.txt\n"])
def test_the_origin_of_one_quotation_is_not_that_of_the_next(between: str) -> None:
    """What stands right behind a quotation says nothing about the one that follows it."""
    first, second = verify(f"“The hive was not healthy”{between}“The meadow was green”.").checks
    assert (first.verdict, first.claimed) == ("exact", ("hives.txt",))
    assert (second.verdict, second.claimed) == ("exact", ())


def test_the_name_of_a_document_is_that_which_is_seen() -> None:
    """Whether an accented letter is written as one or as two; and no part of another name."""
    name = unicodedata.normalize("NFD", "Übersicht.txt")
    two = library(make_document(HIVES, "hives.txt"), make_document(MEADOWS, name))
    (check,) = two.verify("“The hive was not healthy” (Übersicht.txt)").checks
    assert (check.verdict, check.claimed) == ("misattributed", (name,))
    for other in ("non-hives.txt", "my.hives.txt"):
        (check,) = two.verify(f"“The meadow was green in March” ({other})").checks
        assert (check.verdict, check.claimed) == ("exact", ())


def test_the_source_can_be_given() -> None:
    """`source` says where all of a text is from; one that doesn't exist is an error."""
    assert only("The meadow was green", source="hives.txt").verdict == "misattributed"
    assert only("The meadow was green", source="sub/*").verdict == "exact"
    with pytest.raises(FilterError, match="nowhere"):
        verify("The meadow was green", source="nowhere.txt")


def test_a_name_between_quotation_marks_says_where_a_quotation_is_from() -> None:
    """It is no quotation itself, unless nothing else is quoted."""
    for name in ("“meadows.txt”", '"meadows.txt,"', "«Meadows of the South»"):
        (check,) = verify(f"According to {name} the keeper said “Bees are fine”.").checks
        assert (check.quoted, check.verdict) == ("Bees are fine", "misattributed")
        (check,) = verify(f"“The keeper slept.” stands in {name}").checks
        assert (check.verdict, check.claimed) == ("exact", ("sub/meadows.txt",))
    assert only("“Meadows of the South”").verdict == "exact"


def test_a_wrong_page_is_misattributed() -> None:
    """A page that the text names must be the one that the passage stands on."""
    document = make_document("First things come first.\n\nLast things come last.\n", "a.txt")
    cut = document.text.index("Last")
    pages = (Page(1, "1", Span(0, cut)), Page(2, "2", Span(cut, len(document.text))))
    paged = library(replace(document, pages=pages))
    for said, verdict in (("p. 2", "exact"), ("pages 1–2", "exact"), ("page 1", "misattributed")):
        (check,) = paged.verify(f"“Last things come last” ({said})").checks
        assert check.verdict == verdict
    far = replace(document, pages=(Page(124, "124", Span(0, len(document.text))),))
    for said, verdict in (
        ("pp. 123–25", "exact"),
        ("pp. 123–5", "exact"),
        ("pp. 125–6", "misattributed"),
    ):
        (check,) = library(far).verify(f"“Last things come last” ({said})").checks
        assert check.verdict == verdict


def test_a_page_may_be_claimed_as_it_is_printed() -> None:
    """The number that is printed on a page is its number too, beside that of the sheet."""
    document = make_document("First things come first.\n\nLast things come last.\n", "a.txt")
    printed = (Page(5, "1", Span(0, len(document.text))),)
    paged = library(replace(document, pages=printed))
    for said, verdict in (("p. 1", "exact"), ("p. 5", "exact"), ("p. 2", "misattributed")):
        (check,) = paged.verify(f"“Last things come last” ({said})").checks
        assert check.verdict == verdict


# ── values ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["", " ?! ", "x" * (LONGEST_TEXT + 1)])
def test_what_can_not_be_verified_is_an_error(text: str) -> None:
    """A text without words, or too long, is refused with what to do."""
    with pytest.raises(QuestionError, match=r"paste|parts"):
        verify(text)


def test_the_json_has_every_promised_key() -> None:
    """Programs get verdict, places with their parts, and the differences with their ranges."""
    value = json.loads(json.dumps(verification_json(verify("“The treaty is binding”"))))
    assert set(value) == {"holds", "marked", "complete", "generation", "searched", "checks"}
    (check,) = value["checks"]
    assert set(check) == {"verdict", "quoted", "start", "end", "claimed", "places", "differences"}
    (place,) = check["places"]
    assert set(place) == {
        *("document", "title", "page", "page_label", "heading", "current", "parts"),
    }
    (part,) = place["parts"]
    assert HIVES[part["start"] : part["end"]] == part["text"] == "The treaty is non-binding"
    (difference,) = check["differences"]
    at, within = difference["at"], difference["within"]
    assert HIVES[at[0] : at[1]] == difference["stored"] == "non-binding"
    assert check["quoted"][within[0] : within[1]] == difference["quoted"] == "binding"


def test_the_terminal_shows_what_was_done_to_a_quotation() -> None:
    """Verdict, difference, what the document says, and the address."""
    shown = verification_text(verify("“The hive was healthy in March” (meadows.txt)"))
    assert shown.startswith("ALTERED: “The hive was healthy in March”")
    assert "left out: “not”" in shown
    assert "the document says: “The hive was not healthy in March”" in shown
    assert f"hives.txt:{HIVES.index('The hive')}-" in shown
    assert shown.endswith("0 of 1 quotation as the documents say it")


def test_the_shipped_article_is_quoted_exactly(article: Path) -> None:
    """Every sentence of the article, pasted alone, is exact; with a word more it is not."""
    document = make_document(article.read_text(encoding="utf-8"), "article.txt")
    shelf = library(document)
    for sentence in extraction.sentences(document.text)[::5]:
        assert shelf.verify(sentence.text).checks[0].verdict == "exact"
        words = sentence.text.split(" ")
        words.insert(len(words) // 2, "not")
        if len(words) > 5:
            assert [c.verdict for c in shelf.verify(" ".join(words)).checks] == ["altered"]
