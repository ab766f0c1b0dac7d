"""A number that the question states and nothing that was found has tells that it isn't answered."""

from __future__ import annotations

import numpy as np
import pytest

from pp_qa.chunking import chunk
from pp_qa.models.features import REPLY_FEATURES, candidates, reply_features
from pp_qa.models.numbers import all_numbers, stated
from pp_qa.testing import make_document
from pp_qa.types import Hit

TEXT = "The mill made 1,200 sacks in 1873. Its two wheels turned until the 1920s.\n"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("In 1873, or the 1920s?", {"1873", "1920"}),
        ("Error E3 of the K-40 on 21st May", {"e3", "40", "21"}),
        ("1,200 sacks at 3.5 per cent.", {"1200", "3.5"}),
        ("Two of them", set()),
    ],
)
def test_numbers_are_compared_as_figures(text: str, numbers: set[str]) -> None:
    assert stated(text) == numbers


def test_a_small_number_may_be_spelled_out_in_the_text() -> None:
    assert {"2", "1", "12"} <= all_numbers("The first of two dozen")


@pytest.mark.parametrize(
    ("question", "absent"),
    [
        ("How many sacks in 1873?", 0.0),
        ("How many sacks in 1950?", 1.0),
        ("How many sacks in 1873 and 1950?", 1.0),
        ("Which 2 wheels?", 0.0),
        ("What stood in the 2019 report?", 0.0),
        ("How many sacks?", 0.0),
    ],
)
def test_what_nothing_found_has_is_absent(question: str, absent: float) -> None:
    """Neither the text nor the document's own name has it."""
    (passage,) = chunk(make_document(TEXT, "report-2019.txt"), 400)
    found = candidates([Hit(passage, 1.0, 1, "fused")])
    features = np.zeros((len(found), 8))
    seen = reply_features(question, found, features, np.arange(len(found), dtype=float))
    assert seen[REPLY_FEATURES.index("absent_number")] == absent
