"""Weights of products that keep four bits each in a file, and are multiplied as integers of seven.

A weight is q·k·s: `q` in [-7, 7] for itself, `k` in [1, 16] for GROUP weights of a column that follow
each other, `s` for a column. Here q·k is made, and brought into [-63, 63]; the graph multiplies by s,
times 112/63. Of larger integers many processors (those without VNNI) would lose what two products
sum up to: they add them in sixteen bits (docs/decisions/0023).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUP = 32
MOST, LARGEST = 7, 16
"""Of q and of k."""
SMALLER = 63 / (MOST * LARGEST)
"""What is multiplied, as a part of q·k."""
ZERO = 8
"""What stands for 0 where q is kept without a sign, two to a byte: the first half of each group in
the lower bits."""


def unpacked(content: bytes) -> Iterator[tuple[str, NDArray[np.int8]]]:
    """Of an .npz with `NAME.q`, uint8, shape (groups, GROUP / 2, columns), and `NAME.k`, int8, shape
    (groups, 1, columns): each name with what is multiplied, int8, shape (groups · GROUP, columns)."""
    every = np.arange(256, dtype=np.uint8).view(np.int8)
    smaller = np.rint(every * SMALLER).astype(np.int8)
    kept = np.load(io.BytesIO(content), allow_pickle=False)
    for name in (n.removesuffix(".q") for n in kept.files if n.endswith(".q")):
        pairs = kept[f"{name}.q"]
        weights = np.concatenate([pairs & 15, pairs >> 4], axis=1).view(np.int8)
        weights -= ZERO
        weights *= kept[f"{name}.k"]
        yield name, smaller[weights.view(np.uint8)].reshape(-1, pairs.shape[2])
