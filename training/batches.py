"""Drawn examples → tensors, of like length together."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from training.examples import Drawn, Sampler
from training.network import LONGEST

AHEAD = 1_024
"""Examples drawn at once and sorted by length."""
_STEP = 16
"""Widths are multiples of it, for which matrices are multiplied fastest."""
TOKENS = 4_096
"""Padded tokens of a batch: about 30 examples."""


class Encoded(NamedTuple):
    """Token ids with the range of tokens of each sentence and of each gold range, all of which are
    needed where `every`. `taught`: float16, shape (tokens, 3), what a teacher said."""

    ids: list[int]
    types: list[int]
    sentences: list[tuple[int, int]]
    gold: list[tuple[int, int]]
    right: list[bool]
    taught: NDArray[np.float16] | None = None
    every: bool = False


def encode(tokenizer: Tokenizer, drawn: Drawn) -> Encoded | None:
    """None where the stretch is too long for its first sentence to be read whole."""
    question: Encoding = tokenizer.encode(drawn.question, add_special_tokens=False)
    context: Encoding = tokenizer.encode(drawn.context, add_special_tokens=False)
    start, end = tokenizer.encode("").ids
    ids = [start, *question.ids[:64], end]
    types = [0] * len(ids)
    if context.ids:
        ids += [*context.ids[:24], end]
    sentences, gold, right = [], [], []
    for span in drawn.sentences:
        encoding = tokenizer.encode(span.of(drawn.text), add_special_tokens=False)
        if not encoding.ids or len(ids) + len(encoding.ids) + 1 > LONGEST:
            break
        first = len(ids)
        ids += encoding.ids
        sentences.append((first, len(ids)))
        inside = [g for g in drawn.gold if span.start <= g.start and g.end <= span.end]
        right.append(bool(inside))
        for g in inside:
            touched = [
                first + i
                for i, (a, b) in enumerate(encoding.offsets)
                if a < g.end - span.start and b > g.start - span.start
            ]
            if touched:
                gold.append((touched[0], touched[-1]))
    if not sentences or (drawn.gold and not gold):
        return None
    ids.append(end)
    types += [1] * (len(ids) - len(types))
    return Encoded(ids, types, sentences, gold, right, every=drawn.every)


def collate(groups: list[list[Encoded]]) -> dict[str, Tensor]:
    """Padded tensors. `group`: shape (n,), equal for rows of one question. `readable`: tokens that
    can be answers, and the first for none. `edges`: shape (n, tokens, 2), gold starts and ends.
    `members`: shape (n, sentences, tokens), rows that average a sentence's tokens. `present` and
    `right`: shape (n, 1 + sentences); `every`: shape (n,). `taught`: shape (n, tokens, 3), 0 where nothing was."""
    rows = [row for group in groups for row in group]
    n, width = len(rows), -(-max(len(r.ids) for r in rows) // _STEP) * _STEP
    most = max(len(r.sentences) for r in rows)
    numbers = [g for g, group in enumerate(groups) for _ in group]
    batch = {
        "group": torch.tensor(numbers),
        "input_ids": torch.zeros((n, width), dtype=torch.long),
        "attention_mask": torch.zeros((n, width), dtype=torch.long),
        "token_type_ids": torch.zeros((n, width), dtype=torch.long),
        "readable": torch.zeros((n, width), dtype=torch.bool),
        "edges": torch.zeros((n, width, 2), dtype=torch.bool),
        "members": torch.zeros((n, most, width)),
        "present": torch.zeros((n, 1 + most), dtype=torch.bool),
        "right": torch.zeros((n, 1 + most), dtype=torch.bool),
        "every": torch.tensor([row.every for row in rows]),
        "taught": torch.zeros((n, width, 3)),
    }
    for i, row in enumerate(rows):
        size = len(row.ids)
        batch["input_ids"][i, :size] = torch.tensor(row.ids)
        batch["token_type_ids"][i, :size] = torch.tensor(row.types)
        batch["attention_mask"][i, :size] = 1
        batch["readable"][i, 0] = True
        batch["present"][i, : 1 + len(row.sentences)] = True
        for s, (first, last) in enumerate(row.sentences):
            batch["readable"][i, first:last] = True
            batch["members"][i, s, first:last] = 1 / (last - first)
            batch["right"][i, 1 + s] = row.right[s]
        for first, last in row.gold or [(0, 0)]:
            batch["edges"][i, first, 0] = True
            batch["edges"][i, last, 1] = True
        batch["right"][i, 0] = not row.gold
        if row.taught is not None:
            batch["taught"][i, :size] = torch.from_numpy(row.taught)
    return batch


def batches(
    sampler: Sampler, tokenizer: Tokenizer, rng: random.Random
) -> Iterator[list[list[Encoded]]]:
    """Without end, the stretches of one question together. Examples of like length together, the
    batches in random order."""
    while True:
        yield from arranged(drawn(sampler, tokenizer, AHEAD), rng)


def drawn(sampler: Sampler, tokenizer: Tokenizer, count: int) -> list[list[Encoded]]:
    return [g for _ in range(count) if (g := encode_group(tokenizer, sampler.draw()))]


def arranged(groups: Sequence[list[Encoded]], rng: random.Random) -> list[list[list[Encoded]]]:
    """Batches of examples of like length, in random order."""
    made: list[list[list[Encoded]]] = [[]]
    for group in sorted(groups, key=_longest):
        if (sum(map(len, made[-1])) + len(group)) * _longest(group) > TOKENS:
            made.append([])
        made[-1].append(group)
    rng.shuffle(made)
    return made


def encode_group(tokenizer: Tokenizer, drawn: list[Drawn]) -> list[Encoded]:
    """Nothing where the first stretch can't be read, for it is what the others are told from."""
    first, *others = [encode(tokenizer, d) for d in drawn]
    return [] if first is None else [first, *(row for row in others if row is not None)]


def _longest(group: list[Encoded]) -> int:
    return max(len(row.ids) for row in group)
