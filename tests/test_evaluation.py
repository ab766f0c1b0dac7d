"""Suites are read, run, reported and fitted on, with a suite small enough to know by heart."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pp_qa.errors import ModelError, UsageError
from pp_qa.evaluation import commands
from pp_qa.evaluation.calibrating import Example, _fit_bend, collect, fit
from pp_qa.evaluation.commands import evaluate_on, keep_mistakes
from pp_qa.evaluation.confidence import calibration_error
from pp_qa.evaluation.mistakes import describe, kind_of
from pp_qa.evaluation.report import STAGE_FIGURES, figures, stage_figures, table
from pp_qa.evaluation.run import Outcome, is_scoped, run, run_stages, suite_index
from pp_qa.evaluation.stages import make_stages
from pp_qa.evaluation.suites import load_suite
from pp_qa.interfaces import measuring_commands
from pp_qa.models import calibration
from pp_qa.models.reading import CalibratedReader, Observer, Seen, bent, sigmoid
from pp_qa.settings import load_settings
from pp_qa.testing import FakeEmbedder

ANIMALS = ("heron", "badger", "otter", "lynx", "marten", "beaver", "falcon", "adder")
PLACES = ("river", "forest", "lake", "mountain", "meadow", "swamp", "cliff", "heath")


def write_suite(folder: Path, rows: list[dict[str, Any]], texts: dict[str, str]) -> Path:
    folder.mkdir(parents=True)
    corpus = [{"id": k, "title": k, "text": v} for k, v in texts.items()]
    for name, lines in (("corpus", corpus), ("questions", rows)):
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
    return folder


@pytest.fixture
def suite_folder(tmp_path: Path) -> Path:
    """A document for each animal; questions about where it lives, and about what none says."""
    texts, rows = {}, []
    for animal, place in zip(ANIMALS, PLACES, strict=True):
        fact = f"The {animal} lives by the {place} in summer."
        texts[animal] = f"\ufeffA page on one animal.\r\n\r\n{fact} It sleeps a lot."
        start = texts[animal].index(fact)
        gold = [{"doc": animal, "start": start, "end": start + len(fact)}]
        asked = {"need": "any", "split": "tune"}
        rows.append(
            {
                "id": f"{animal}-1",
                "question": f"Where does the {animal} live in summer?",
                "answerable": True,
                "gold": gold,
                **asked,
            }
        )
        rows.append(
            {
                "id": f"{animal}-2",
                "question": f"Who painted portraits of king {place}?",
                "answerable": False,
                "gold": [],
                **asked,
            }
        )
    return write_suite(tmp_path / "animals", rows, texts)


def test_gold_is_moved_to_canonical_text(suite_folder: Path) -> None:
    """A mark and carriage returns that loading takes away don't shift the gold ranges."""
    suite = load_suite(suite_folder)
    texts = {d.doc_id: d.text for d in suite.documents}
    for question in suite.questions:
        for gold in question.gold:
            assert gold.span is not None
            assert gold.span.of(texts[gold.doc_id]).startswith("The ")
            assert gold.span.of(texts[gold.doc_id]).endswith("summer.")


def test_what_is_no_suite_is_named(tmp_path: Path, suite_folder: Path) -> None:
    """A folder without the files, and a split without questions, are errors in a line."""
    with pytest.raises(UsageError, match="no question suite"):
        load_suite(tmp_path)
    with pytest.raises(UsageError, match="no questions of the split 'report'"):
        load_suite(suite_folder, "report")


def test_fitting_on_a_suite_tells_answerable_from_not(suite_folder: Path) -> None:
    """From the suite to a calibration that answers what has an answer and refuses the rest."""
    suite = load_suite(suite_folder, "tune")
    settings = load_settings()
    embedder = FakeEmbedder()
    store = suite_index(suite, embedder, settings, lambda _: None)
    observer = Observer(embedder)
    examples = list(collect(suite, store, embedder, observer, settings, scoped=False))
    fitted = fit(examples, observer)
    assert observer.takes(fitted)
    reader = CalibratedReader(observer, fitted)
    outcomes = list(run(suite.questions, store, embedder, reader, settings, scoped=False))
    facts = figures(outcomes, fitted.threshold)
    assert facts["first_quote_right"] == 1.0
    assert facts["recall@1"] == 1.0
    assert facts["auroc"] > 0.95
    assert facts["unanswerable_refused"] > 0.8
    assert facts["answerable_refused"] < 0.3
    assert "recall@5" in table("animals", facts)


def test_confidence_is_the_share_that_comes_true(suite_folder: Path) -> None:
    """Over the questions as they are asked, mean confidence is the share of right first quotes:
    those asked a second time without their answer don't pull it down."""
    suite = load_suite(suite_folder, "tune")
    settings = load_settings()
    embedder = FakeEmbedder()
    store = suite_index(suite, embedder, settings, lambda _: None)
    observer = Observer(embedder)
    examples = list(collect(suite, store, embedder, observer, settings, scoped=False))
    assert any(e.withheld for e in examples)
    reader = CalibratedReader(observer, fit(examples, observer))
    outcomes = list(run(suite.questions, store, embedder, reader, settings, scoped=False))
    replies = figures(outcomes, 0.5)["replies"]
    sure, right = (sum(column) / len(replies) for column in zip(*replies, strict=True))
    assert sure == pytest.approx(right, abs=0.02)


def asked_of(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> list[Example]:
    """A question for each of the log-odds."""
    seen = Seen("?", (), np.zeros((0, 0)))
    return [Example("squad", seen, np.asarray([r], dtype=bool)) for r in right]


def test_log_odds_are_bent_until_they_come_true() -> None:
    """Where the sure side promises too much and the unsure side too little, both are put right."""
    rng = np.random.default_rng(7)
    sure = rng.normal(0, 2.5, 3000)
    right = rng.random(3000) < bent(sure, {"right": 0.3, "wrong": 2.0, "bias": -1.0})
    bend = _fit_bend(asked_of(sure, right), sure, right)
    assert calibration_error(sigmoid(sure), right)[0] > 0.06
    assert calibration_error(bent(sure, bend), right)[0] < 0.04
    assert (np.diff(bent(np.sort(sure), bend)) >= 0).all()


def test_more_log_odds_never_make_less_confidence() -> None:
    """Even where the surest of few questions happened to be wrong."""
    sure = np.linspace(-4, 4, 200)
    right = (sure > -1) & (sure < 2)
    bend = _fit_bend(asked_of(sure, right), sure, right)
    assert bend["right"] == bend["wrong"] > 0


def test_a_calibration_is_kept_and_read_again(tmp_path: Path) -> None:
    """What `calibrate` saves is what `ask` uses."""
    shipped = calibration.shipped("similarity")
    shipped.save(tmp_path / "deep" / "calibration.json")
    assert calibration.load(tmp_path / "deep" / "calibration.json") == shipped


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"\xff" + content,
        lambda content: content[:-40],
        lambda _: b"[" * 100_000,
        lambda _: b"[]",
    ],
)
def test_what_is_no_calibration_is_refused(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    """In one line, with what to do."""
    path = tmp_path / "calibration.json"
    calibration.shipped("similarity").save(path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelError, match=r"is no calibration .*; make it again .* or remove it"):
        calibration.load(path)


def test_numbers_of_a_calibration_are_numbers(tmp_path: Path) -> None:
    """One edited by hand is refused before the first question, not at it."""
    path = tmp_path / "calibration.json"
    shipped = calibration.shipped("similarity")
    for wrong in (
        replace(shipped, threshold="0.5"),
        replace(shipped, threshold=float("nan")),
        replace(shipped, bend={"right": None}),
    ):
        wrong.save(path)
        with pytest.raises(ModelError, match="is no number"):
            calibration.load(path)


def test_a_calibration_that_can_not_be_saved_leaves_the_old_one(tmp_path: Path) -> None:
    """And says where it was to go."""
    path, shipped = tmp_path / "calibration.json", calibration.shipped("similarity")
    shipped.save(path)
    (tmp_path / "calibration.json.tmp").mkdir()
    with pytest.raises(UsageError, match=r"can't be written to .*; name another file"):
        replace(shipped, threshold=0.9).save(path)
    assert calibration.load(path) == shipped


def test_where_no_calibration_can_be_saved_is_told_before_it_is_fitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fitting takes an hour. One that was there stays as it is, also where no suite is found."""
    for name in ("make_embedder", "make_observer"):
        monkeypatch.setattr(commands, name, lambda *_: None)
    kept = tmp_path / "calibration.json"
    calibration.shipped("similarity").save(kept)
    before = kept.read_bytes()
    (tmp_path / "file").touch()
    no_suite = [tmp_path / "no-such-suite"]
    for output in (tmp_path, tmp_path / "file" / "calibration.json"):
        with pytest.raises(UsageError, match=r"can't be written to .*; name another file"):
            measuring_commands.calibrate(no_suite, output=output)
    with pytest.raises(UsageError, match="no-such-suite"):
        measuring_commands.calibrate(no_suite, "tune", kept)
    assert kept.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"calibration.json", "file"}


def test_a_calibration_for_other_features_is_refused() -> None:
    """Weights that don't fit the features are named, not a crash at the first question."""
    shipped = calibration.shipped("similarity")
    for weights in ({"bias": 0.0}, dict(shipped.reply_weights) | {"charm": 1.0}):
        with pytest.raises(ModelError, match="pp-qa calibrate"):
            CalibratedReader(Observer(FakeEmbedder()), replace(shipped, reply_weights=weights))


def test_a_suite_is_indexed_once(suite_folder: Path) -> None:
    """The second run of a suite embeds nothing."""
    suite = load_suite(suite_folder)
    settings = load_settings()
    suite_index(suite, FakeEmbedder(), settings, lambda _: None)
    again = FakeEmbedder()
    suite_index(suite, again, settings, lambda _: None)
    assert again.embedded == []


def test_questions_are_scoped_only_where_there_is_something_to_find(tmp_path: Path) -> None:
    """A question written for one document is asked in it when it has several passages."""
    long = "\n\n".join(f"Sentence {i} of the page. " * 40 for i in range(20))
    for name, text, expected in (("long", long, True), ("short", "One sentence.", False)):
        rows = [
            {
                "id": "1",
                "question": "Which sentence?",
                "answerable": False,
                "gold": [],
                "need": "any",
                "split": "tune",
                "scope": "d",
            }
        ]
        suite = load_suite(write_suite(tmp_path / name, rows, {"d": text}))
        store = suite_index(suite, FakeEmbedder(), load_settings(), lambda _: None)
        assert is_scoped(suite, store) is expected


# ── figures, stages, mistakes ────────────────────────────────────────────────


class Asked:
    """The suite asked through every stage, with a reader that is the shipped calibration."""

    def __init__(self, folder: Path) -> None:
        self.embedder = FakeEmbedder()
        self.suite = load_suite(folder)
        self.settings = load_settings(reader="similarity")
        self.store = suite_index(self.suite, self.embedder, self.settings, lambda _: None)
        self.embedder.embedded.clear()
        observer = Observer(self.embedder)
        reader = CalibratedReader(observer, calibration.shipped("similarity"))
        self.stages = make_stages(observer, reader, self.settings)
        questions = self.suite.questions
        self.found = list(
            run_stages(
                questions, self.store, self.embedder, self.stages, self.settings, scoped=False
            )
        )

    def of(self, stage: str) -> list[Outcome]:
        return [outcomes[stage] for outcomes in self.found]


@pytest.fixture
def asked(suite_folder: Path) -> Asked:
    return Asked(suite_folder)


def test_every_share_has_its_interval_around_it(asked: Asked) -> None:
    """Each share lies within its interval; counts, times and the threshold have none."""
    facts = figures(asked.of("fused + similarity reader"), 0.3)
    plain = {"questions", "answerable", "seconds_per_thousand", "p50_ms", "p95_ms", "threshold"}
    assert set(facts) - plain == {*facts["intervals"], "intervals", "curves", "replies"}
    for name, (low, high) in facts["intervals"].items():
        assert low <= facts[name] <= high, name


def test_the_figures_at_the_threshold_are_counted(asked: Asked) -> None:
    """Precision and refusals agree with counting the replies above the threshold by hand."""
    outcomes = asked.of("fused + similarity reader")
    confidences = sorted(o.reading.confidence for o in outcomes)
    threshold = confidences[len(confidences) // 2]
    facts = figures(outcomes, threshold)
    above = [o for o in outcomes if o.reading.confidence >= threshold]
    right = [o for o in above if o.question.answerable and "lives by" in o.quotes[0].text]
    assert facts["precision"] == pytest.approx(len(right) / len(above), abs=1e-4)
    refused = sum(o.question.answerable and o not in above for o in outcomes)
    assert facts["answerable_refused"] == pytest.approx(refused / len(ANIMALS), abs=1e-4)
    answered = sum(not o.question.answerable for o in above)
    assert facts["unanswerable_refused"] == pytest.approx(1 - answered / len(PLACES), abs=1e-4)


def test_curves_have_their_points(asked: Asked) -> None:
    """Recall grows over 30 depths, risk runs to full coverage, bins are in order of confidence;
    all of it is printed."""
    facts = figures(asked.of("fused"), 0.3)
    recall, risk, bins = (facts["curves"][k] for k in ("recall", "risk_coverage", "reliability"))
    assert [k for k, _ in recall] == list(range(1, 31))
    assert [share for _, share in recall] == sorted(share for _, share in recall)
    assert recall[4][1] == facts["recall@5"]
    assert risk[-1] == [1.0, facts["risk@100%"]]
    assert len(bins) == 15
    assert [c for c, _ in bins] == sorted(c for c, _ in bins)
    text = table("animals", facts)
    assert "   30: " in text
    assert "in brackets 95 % intervals" in text


def test_what_nothing_can_be_said_of_is_left_out(asked: Asked) -> None:
    """Without unanswerable questions there is no AUROC and no share of them refused; where all
    is refused there is no precision."""
    answerable = [o for o in asked.of("fused") if o.question.answerable]
    facts = figures(answerable, 2.0)
    for name in ("auroc", "unanswerable_refused", "precision"):
        assert name not in facts
        assert name not in facts["intervals"]
    assert facts["answerable_refused"] == 1.0


def test_a_stage_searches_with_its_leg_only(asked: Asked) -> None:
    """Words alone find nothing that shares none; likeness alone ranks all by cosine."""
    for outcome in asked.of("lexical"):
        assert all(h.legs["lexical"] > 0 and h.legs["dense"] == 0 for h in outcome.hits)
    for outcome in asked.of("dense"):
        cosines = [h.legs["dense"] for h in outcome.hits]
        assert len(cosines) == len(ANIMALS)
        assert cosines == sorted(cosines, reverse=True)


def test_stages_share_what_they_embed(asked: Asked) -> None:
    """A sentence is embedded once, in however many stages it is read."""
    questions = {q.text for q in asked.suite.questions}
    sentences = [text for text in asked.embedder.embedded if text not in questions]
    assert len(sentences) == len(set(sentences)) > 0


def test_the_stages_lead_up_to_the_reader_in_force(asked: Asked) -> None:
    """The last stage is the product as it is set; the trained reader has the other before it."""
    names = ["lexical", "dense", "fused", "fused + similarity reader"]
    assert [stage.name for stage in asked.stages] == names
    observer, reader = Observer(asked.embedder), asked.stages[-1].reader
    trained = make_stages(observer, reader, load_settings(reader="trained"))
    assert [stage.name for stage in trained] == [*names, "fused + trained reader"]
    assert trained[-1].reader is reader
    alone = run(
        asked.suite.questions, asked.store, asked.embedder, reader, asked.settings, scoped=False
    )
    for mine, other in zip(alone, asked.of(names[-1]), strict=True):
        assert (mine.hits, mine.reading, mine.quotes) == (other.hits, other.reading, other.quotes)


def test_stages_are_printed_in_one_table(asked: Asked) -> None:
    """A line for each stage, a column for each figure that the suite has."""
    facts: dict[str, Any] = figures(asked.of("fused"), 0.3)
    facts["stages"] = {s.name: stage_figures(asked.of(s.name)) for s in asked.stages}
    head, *lines = table("animals", facts).splitlines()[-len(asked.stages) - 1 :]
    assert head.split() == ["stage", *STAGE_FIGURES]
    for stage, line in zip(asked.stages, lines, strict=True):
        assert line.strip().startswith(stage.name)
        assert line.count("[") == len(STAGE_FIGURES)


def test_mistakes_are_told_by_kind(asked: Asked) -> None:
    """Answering all answers the unanswerable falsely, refusing all refuses the others; a right
    reply is no mistake."""
    outcomes = asked.of("fused + similarity reader")
    for outcome in outcomes:
        answerable = outcome.question.answerable
        assert kind_of(outcome, 2.0) == ("falsely refused" if answerable else None)
        assert kind_of(outcome, 0.0) == (None if answerable else "falsely answered")
        elsewhere = replace(outcome, quotes=tuple(reversed(outcome.quotes)))
        if answerable and "lives by" not in elsewhere.quotes[0].text:
            assert kind_of(elsewhere, 0.0) == "wrong quote"


def test_a_mistake_says_what_is_needed_to_see_why(asked: Asked) -> None:
    """The gold sentence and its ranks, what was quoted and how surely; none where there is none."""
    first, second = asked.of("fused + similarity reader")[:2]
    told = describe(first, "falsely refused", asked.store)
    assert told["question"] == "Where does the heron live in summer?"
    assert told["gold"] == ["The heron lives by the river in summer."]
    assert told["gold_documents"] == ["heron"]
    assert told["quoted"] == first.quotes[0].text
    assert told["confidence"] == pytest.approx(first.reading.confidence, abs=1e-4)
    assert (told["gold_rank"], told["gold_sentence_rank"]) == (1, 1)
    told = describe(second, "falsely answered", asked.store)
    assert (told["gold"], told["gold_rank"], told["gold_sentence_rank"]) == ([], None, None)


def test_a_part_of_a_sentence_is_shown_in_its_sentence(tmp_path: Path) -> None:
    """Gold that is a word is told as the sentence it stands in; a gold document by its title."""
    text = "A page.\n\nThe heron lives by the river in summer. It sleeps a lot."
    start = text.index("river")
    golds = [{"doc": "d", "start": start, "end": start + 5}], [{"doc": "d"}]
    rows = [
        {
            "id": str(i),
            "question": "Where does the heron live?",
            "answerable": True,
            "gold": gold,
            "need": "any",
            "split": "report",
        }
        for i, gold in enumerate(golds)
    ]
    asked = Asked(write_suite(tmp_path / "words", rows, {"d": text}))
    told = [describe(o, "wrong quote", asked.store)["gold"] for o in asked.of("fused")]
    assert told == [["The heron lives by the river in summer."], [asked.suite.documents[0].title]]


def test_where_mistakes_cannot_be_written_is_said_in_a_line(tmp_path: Path) -> None:
    """A folder that isn't there is named; what can be written is a JSON value a line."""
    with pytest.raises(UsageError, match="no-such-folder"):
        keep_mistakes(tmp_path / "no-such-folder" / "wrong.jsonl", [])
    keep_mistakes(tmp_path / "wrong.jsonl", [{"question": "Où?"}, {"question": "two\nlines"}])
    lines = (tmp_path / "wrong.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["question"] for line in lines] == ["Où?", "two\nlines"]
    assert "Où" in lines[0]


def test_mistakes_of_before_stay_until_there_are_new_ones(
    tmp_path: Path, suite_folder: Path
) -> None:
    """An evaluation that fails takes none away; where they can't be written, nothing is asked."""
    kept = tmp_path / "wrong.jsonl"
    keep_mistakes(kept, [{"question": "Où?"}])
    before = kept.read_bytes()
    with pytest.raises(UsageError, match="no-such-suite"):
        measuring_commands.evaluate(tmp_path / "no-such-suite", wrong=kept)
    assert kept.read_bytes() == before
    with pytest.raises(UsageError, match="can't write"):
        measuring_commands.evaluate(suite_folder, wrong=tmp_path)


def test_a_suite_that_is_none_is_told_before_another_is_asked(
    tmp_path: Path, suite_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking may take an hour."""
    for name in ("make_embedder", "make_observer"):
        monkeypatch.setattr(commands, name, lambda *_: None)
    monkeypatch.setattr(commands, "suite_index", lambda *_: pytest.fail("was indexed"))
    folders = [suite_folder, tmp_path / "no-such-suite"]
    with pytest.raises(UsageError, match="no-such-suite"):
        commands.calibrate_on(folders, "tune", load_settings(), lambda _: None, print)


@pytest.mark.model
def test_a_suite_is_evaluated_end_to_end(suite_folder: Path) -> None:
    """With the real embedder: figures, stages and mistakes of one run belong together, and the
    user's own threshold is the one in force."""
    settings = load_settings(reader="similarity", min_confidence=1.0)
    found = evaluate_on(suite_folder, "tune", None, None, settings, lambda _: None, by_stage=True)
    assert found.facts["threshold"] == 1.0
    assert found.facts["answerable_refused"] == 1.0
    assert {m["kind"] for m in found.mistakes} == {"falsely refused"}
    assert len(found.mistakes) == len(ANIMALS)
    whole = found.facts["stages"]["fused + similarity reader"]
    for name in STAGE_FIGURES:
        assert whole[name] == found.facts[name]
        assert whole["intervals"][name] == found.facts["intervals"][name]
    json.dumps(found.facts)


def test_a_copy_of_the_gold_passage_is_the_gold_passage(tmp_path: Path) -> None:
    """A text that stands in two documents is found and quoted once; it is right in
    whichever of them the gold lies."""
    fact = "The heron lives by the river in summer."
    texts = {"copy": f"{fact}\n", "gold": f"{fact}\n"}
    for gold in texts:
        row = {
            "id": "1",
            "question": "Where does the heron live in summer?",
            "answerable": True,
            "gold": [{"doc": gold, "start": 0, "end": len(fact)}],
            "need": "any",
            "split": "report",
        }
        (outcome,) = Asked(write_suite(tmp_path / gold, [row], texts)).of("fused")
        assert len(outcome.hits) == 1
        facts = figures([outcome], 0.0)
        assert facts["recall@1"] == facts["first_quote_right"] == facts["text_recall@5"] == 1.0
        told = describe(outcome, "wrong quote", Asked(tmp_path / gold).store)
        assert (told["gold_rank"], told["gold_sentence_rank"]) == (1, 1)
