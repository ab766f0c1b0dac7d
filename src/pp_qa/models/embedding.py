"""The default Embedder: a sentence-transformers model run by onnxruntime."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pp_qa.errors import ModelError
from pp_qa.models.weights import onnx_model
from pp_qa.text import pieces
from pp_qa.types import Span

if TYPE_CHECKING:
    from tokenizers import Encoding

    from pp_qa.protocols import Embedder
    from pp_qa.types import Vectors

BATCH_TOKENS = 512
"""Padded tokens in one run: larger batches leave the processor's cache and are slower."""


class OnnxEmbedder:
    """Unit vectors from an ONNX model, equal to sentence-transformers' within 1e-5.

    Thread-safe. `threads` is the number of cores one call may use; None means all there are.
    Each core runs batches of its own, which do more for their time than one batch on all cores
    (docs/decisions/0010).
    """

    def __init__(self, model: str, cache: Path, threads: int | None = None) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        exported = onnx_model(model, cache)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(exported.file), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(exported.tokenizer))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._threads = threads or available_cores()
        self.dimension = exported.dimension
        self.max_tokens = exported.max_tokens
        self.fingerprint = f"{exported.weights_sha256[:16]}/fp32/{exported.max_tokens}"

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(text).ids)

    def embed(self, texts: Sequence[str]) -> Vectors:
        encodings = self._tokenizer.encode_batch(list(texts))
        for encoding, text in zip(encodings, texts, strict=True):
            if len(encoding.ids) > self.max_tokens:
                raise ModelError(
                    f"a text of {len(encoding.ids)} tokens was to be embedded, the model takes"
                    f" {self.max_tokens}: {text[:60]!r}…; cut it into windows first"
                )
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)

        def run(rows: list[int]) -> None:
            vectors[rows] = self._run([encodings[i] for i in rows])

        on_cores(run, list(batches([len(e.ids) for e in encodings])), self._threads)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors

    def _run(self, encodings: Sequence[Encoding]) -> Vectors:
        width = max(len(e.ids) for e in encodings)
        ids = np.zeros((len(encodings), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        (vectors,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        return np.asarray(vectors, dtype=np.float32)


def on_cores(run: Callable[[list[int]], None], parts: Sequence[list[int]], cores: int) -> None:
    """Run each part, as many at a time as there are cores."""
    if len(parts) == 1:  # a question: nothing to share out
        run(parts[0])
    elif parts:
        with ThreadPoolExecutor(min(cores, len(parts))) as pool:
            list(pool.map(run, reversed(parts)))  # the longest first: none comes last alone


def batches(lengths: Sequence[int], tokens: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """Rows of like length together, so that little is spent on padding; no more than so many tokens
    where there are several."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[row] > tokens:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def embed_long(embedder: Embedder, text: str) -> Vectors:
    """float32, shape (1, dim), a unit row: the mean of the text's windows when it has more
    tokens than the embedder takes at once."""
    parts = pieces(
        text,
        Span(0, len(text)),
        lambda part: embedder.count_tokens(part) <= embedder.max_tokens,
    )
    mean = embedder.embed([part.of(text) for part in parts]).mean(axis=0, keepdims=True)
    unit: Vectors = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
    return unit


def available_cores() -> int:
    """The cores this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not offered on macOS and Windows
        return os.cpu_count() or 1
