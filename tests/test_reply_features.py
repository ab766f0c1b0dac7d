"""What tells whether a reply answers: also how what was found lies over the documents."""

from __future__ import annotations

import numpy as np
import pytest

from pp_qa.chunking import chunk
from pp_qa.models.features import (
    READ_REPLY_FEATURES,
    REPLY_FEATURES,
    SENTENCE_FEATURES,
    Candidate,
    candidates,
    read_reply_features,
    reply_features,
)
from pp_qa.models.network import Read
from pp_qa.testing import make_document
from pp_qa.types import Hit

COSINE = SENTENCE_FEATURES.index("passage_cosine")


def found_in(*names: str) -> list[Candidate]:
    """A sentence of a passage of each document."""
    texts = (make_document(f"Ana rows on day {i}.\n", name) for i, name in enumerate(names))
    passages = [passage for text in texts for passage in chunk(text, 400)]
    return candidates([Hit(p, 1.0, rank, "fused") for rank, p in enumerate(passages, start=1)])


def test_what_stands_in_few_documents_is_told() -> None:
    """Alone, in one of two; and how near the nearest passage is where it is alone."""
    for names, alone in ((("a.txt",), 1.0), (("a.txt", "b.txt"), 0.5)):
        found = found_in(*names)
        features = np.zeros((len(found), len(SENTENCE_FEATURES)))
        features[0, COSINE] = 0.6
        row = reply_features("Who rows?", found, features, np.arange(len(found), dtype=float))
        seen = dict(zip(REPLY_FEATURES, row, strict=True))
        assert (seen["alone"], seen["alone_cosine"]) == (alone, pytest.approx(0.6 * alone))
        reads = [Read(5.0, 4.0, (0, 3))] * len(found)
        read = read_reply_features(found, reads, np.zeros(len(found)))
        assert dict(zip(READ_REPLY_FEATURES, read, strict=True))["alone_read"] == 0.5 * alone


def test_how_far_the_nearest_passage_stands_out_is_told() -> None:
    """Above the mean of all, each passage counting once."""
    found = found_in("a.txt", "b.txt", "c.txt")
    features = np.zeros((3, len(SENTENCE_FEATURES)))
    features[:, COSINE] = (0.2, 0.8, 0.2)
    row = reply_features("Who rows?", found, features, np.zeros(3))
    assert row[REPLY_FEATURES.index("passage_lead")] == pytest.approx(0.4)
