"""The trained networks that read a question together with a stretch of text.

They were trained by `training/` of the repository, a small one from the encoder that embeds and a
larger one that reads less, and run without torch. For each sentence a network says how much
more likely it is to answer than that nothing in its stretch does, and where in it the answer stands.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pp_qa.errors import ModelError
from pp_qa.models.embedding import BATCH_TOKENS, available_cores, batches, on_cores
from pp_qa.models.packed import unpacked
from pp_qa.models.weights import DEFAULT_MODEL, model_folder

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

READER, CLOSE_READER = "reader.onnx", "close-reader.onnx"
"""The small network, and the larger one. Beside each lies a file that says what it is."""
_STRETCH = 224
"""Tokens read at once, question and context included."""
_QUESTION, _CONTEXT = 64, 24
"""Tokens of the question and of the heading that are read; a longer question's last ones."""
_LONGEST_ANSWER = 30
"""Tokens of an answer."""
_FAR = 20.0
"""Log-odds beyond which nothing is said more surely."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the network makes of one sentence. `odds`: the log-odds that it answers against that
    nothing in its stretch does; `span_odds`: the same for the best answer inside it; `answer`: that
    answer's range of code points in the sentence."""

    odds: float
    span_odds: float
    answer: tuple[int, int]


class _Piece(NamedTuple):
    """A sentence, or a part of one too long to be read at once."""

    sentence: int
    ids: list[int]
    offsets: list[tuple[int, int]]


class _Stretch(NamedTuple):
    ids: list[int]
    types: list[int]
    pieces: list[tuple[_Piece, int]]
    """Each piece with the place of its first token."""


class Network:
    """Thread-safe. `threads` is the number of cores one call may use; None means all there are."""

    def __init__(
        self,
        threads: int | None = None,
        name: str = READER,
        folder: Path | None = None,
        batch_tokens: int = BATCH_TOKENS,
    ) -> None:
        """`name`: the file in the folder, by default that of what ships. `batch_tokens`: the most
        that is read on one core at once, of several texts. Raises ModelError when the file is
        missing or not what was trained."""
        from tokenizers import Tokenizer

        graph, packed, self.fingerprint = _weights(folder or files("pp_qa.models"), name)
        # The larger network takes a third of a second, in which the index can be opened and searched.
        behind = ThreadPoolExecutor(1, thread_name_prefix="weights")
        self._session = behind.submit(_session, graph, packed)
        behind.shutdown(wait=False)
        self._cores, self._batch_tokens = threads or available_cores(), batch_tokens
        self._tokenizer = Tokenizer.from_file(str(model_folder(DEFAULT_MODEL) / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._opens, self._closes = self._tokenizer.encode("").ids

    def read(
        self, question: str, passages: Sequence[tuple[str, Sequence[str]]]
    ) -> list[list[Read]]:
        """For each (heading, sentences) what is made of each sentence; of one read in parts, what
        is made of its best part."""
        asked = self._tokenizer.encode(question, add_special_tokens=False).ids[-_QUESTION:]
        stretches = [
            (i, stretch)
            for i, (heading, sentences) in enumerate(passages)
            for stretch in self._stretches(asked, heading, sentences)
        ]

        def run(rows: list[int]) -> None:
            scores = self._run([stretches[row][1] for row in rows])
            for row, own in zip(rows, scores, strict=True):
                made[row] = list(_reads(stretches[row][1], own))

        made: list[list[tuple[int, Read]]] = [[] for _ in stretches]
        parts = batches([len(s.ids) for _, s in stretches], self._batch_tokens)
        on_cores(run, list(parts), self._cores)
        found: list[list[Read | None]] = [[None] * len(s) for _, s in passages]
        for (passage, _), reads in zip(stretches, made, strict=True):
            for number, read in reads:
                best = found[passage][number]
                if best is None or read.odds > best.odds:
                    found[passage][number] = read
        nothing = Read(-_FAR, -_FAR, (0, 0))
        return [[read or nothing for read in row] for row in found]

    def _stretches(
        self, asked: list[int], heading: str, sentences: Sequence[str]
    ) -> Iterator[_Stretch]:
        """The sentences of a passage, divided evenly into stretches that can be read at once."""
        opening = [self._opens, *asked, self._closes]
        context = self._tokenizer.encode(heading, add_special_tokens=False).ids[:_CONTEXT]
        about = [*context, self._closes] if context else []
        room = _STRETCH - len(opening) - len(about) - 1
        pieces = list(self._pieces(sentences, room))
        total = sum(len(p.ids) for p in pieces)
        even = total / max(1, -(-total // room))
        start = 0
        while start < len(pieces):
            size, end = len(pieces[start].ids), start + 1
            while end < len(pieces) and size < even and size + len(pieces[end].ids) <= room:
                size, end = size + len(pieces[end].ids), end + 1
            ids = [*opening, *about]
            placed = []
            for piece in pieces[start:end]:
                placed.append((piece, len(ids)))
                ids += piece.ids
            ids.append(self._closes)
            types = [0] * len(opening) + [1] * (len(ids) - len(opening))
            yield _Stretch(ids, types, placed)
            start = end

    def _pieces(self, sentences: Sequence[str], room: int) -> Iterator[_Piece]:
        encodings = self._tokenizer.encode_batch(list(sentences), add_special_tokens=False)
        for number, encoding in enumerate(encodings):
            for at in range(0, len(encoding.ids), room):
                yield _Piece(number, encoding.ids[at : at + room], encoding.offsets[at : at + room])

    def _run(self, stretches: Sequence[_Stretch]) -> NDArray[np.float32]:
        """float32, shape (n, tokens, 3): start, end and relevance of each token."""
        width = max(len(s.ids) for s in stretches)
        ids, mask, types = (np.zeros((len(stretches), width), dtype=np.int64) for _ in range(3))
        for row, stretch in enumerate(stretches):
            ids[row, : len(stretch.ids)] = stretch.ids
            types[row, : len(stretch.types)] = stretch.types
            mask[row, : len(stretch.ids)] = 1
        fed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        session = self._session.result()
        (scores,) = session.run(None, {i.name: fed[i.name] for i in session.get_inputs()})
        return np.asarray(scores, dtype=np.float32)


def _reads(stretch: _Stretch, scores: NDArray[np.float32]) -> Iterator[tuple[int, Read]]:
    """(sentence, what is made of it) for every piece. At the first token stand the scores of
    "none"."""
    none = scores[0]
    for piece, at in stretch.pieces:
        inside = scores[at : at + len(piece.ids)]
        odds = float(inside[:, 2].mean() - none[2])
        first, last, best = _best_span(inside)
        span_odds = best - float(none[0] + none[1])
        answer = (piece.offsets[first][0], piece.offsets[last][1])
        yield piece.sentence, Read(_within(odds), _within(span_odds), answer)


def _within(odds: float) -> float:
    return max(-_FAR, min(_FAR, odds))


def _best_span(scores: NDArray[np.float32]) -> tuple[int, int, float]:
    """The first and last token of the best answer, and the sum of their scores."""
    sums = scores[:, 0][:, None] + scores[:, 1][None, :]
    places = np.arange(len(scores))
    length = places[None, :] - places[:, None]
    sums = np.where((length >= 0) & (length < _LONGEST_ANSWER), sums, -np.inf)
    first, last = divmod(int(sums.argmax()), len(scores))
    return first, last, float(sums[first, last])


def _session(content: bytes, packed: bytes | None) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if packed:
        weights = dict(unpacked(packed))
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(w) for w in weights.values()]
        options.add_external_initializers(list(weights), values)
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _weights(folder: Traversable, name: str) -> tuple[bytes, bytes | None, str]:
    """The graph, its packed weights where they have a file of their own, and their fingerprint."""
    bare = name.removesuffix(".onnx")
    place = folder.joinpath(name)
    try:
        facts = json.loads(folder.joinpath(f"{bare}.json").read_text())
        graph = place.read_bytes()
        packed = folder.joinpath(f"{bare}.npz").read_bytes() if "npz_sha256" in facts else None
        expected = (facts["onnx_sha256"], facts.get("npz_sha256"))
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"the reader's weights can't be read ({error}); install pp_qa again"
        ) from error
    found = tuple(hashlib.sha256(part).hexdigest() if part else None for part in (graph, packed))
    if found != expected:
        raise ModelError(
            f"{place} is not what was trained (its SHA-256 differs); install pp_qa again"
        )
    return graph, packed, "+".join(part[:16] for part in found if part)
