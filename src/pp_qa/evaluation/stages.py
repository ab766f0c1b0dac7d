"""The pipeline taken apart, to see what each part is good for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pp_qa.evaluation.run import Stage
from pp_qa.models import calibration
from pp_qa.models.calibration import Calibration
from pp_qa.models.features import FURTHER_FEATURES, REPLY_FEATURES, SENTENCE_FEATURES
from pp_qa.models.reading import UNBENT, CalibratedReader
from pp_qa.retrieval import DENSE_WEIGHT

if TYPE_CHECKING:
    from pp_qa.models.reading import Observer
    from pp_qa.protocols import Reader
    from pp_qa.settings import Settings


def make_stages(observer: Observer, reader: Reader, settings: Settings) -> list[Stage]:
    """From one leg alone to the whole of it; the last one is the reader in force.

    The first three have no reader: a sentence scores the sum of its passage's score and its own,
    by words, by likeness, or by both as they are weighed when passages are fused. Nothing is
    fitted there, so their confidence ranks replies and says no more.
    """
    seen = observer.without_networks()
    words, likeness = ("passage_bm25", "coverage"), ("passage_cosine", "cosine")
    both = dict.fromkeys(likeness, DENSE_WEIGHT) | dict.fromkeys(words, 1 - DENSE_WEIGHT)
    stages = [
        Stage(
            "lexical",
            "lexical",
            CalibratedReader(seen, _unfitted(dict.fromkeys(words, 1.0))),
            False,
        ),
        Stage(
            "dense", "dense", CalibratedReader(seen, _unfitted(dict.fromkeys(likeness, 1.0))), False
        ),
        Stage("fused", "fused", CalibratedReader(seen, _unfitted(both)), False),
    ]
    if settings.reader != "similarity":
        similarity = CalibratedReader(seen, calibration.shipped("similarity"))
        stages.append(Stage("fused + similarity reader", "fused", similarity))
    return [*stages, Stage(f"fused + {settings.reader} reader", "fused", reader)]


def _unfitted(weights: dict[str, float]) -> Calibration:
    """Features summed with these weights, and the best sum as the confidence."""
    return Calibration(
        fingerprint="unfitted",
        sentence_weights=dict.fromkeys((*SENTENCE_FEATURES, "bias"), 0.0) | weights,
        further_weights=dict.fromkeys((*FURTHER_FEATURES, "bias"), 0.0),
        reply_weights=dict.fromkeys((*REPLY_FEATURES, "bias"), 0.0) | {"score": 1.0},
        bend=UNBENT,
        threshold=0.0,
    )
