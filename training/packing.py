"""Weights → four bits each: those of products into a file of their own (`pp_qa.models.packed` says how they
are kept), word vectors into the graph, which makes numbers of those that are read.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from pp_qa.models.packed import GROUP, LARGEST, MOST, SMALLER, ZERO

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORDS = 10_000
"""Rows of a table from which on it is one of word vectors."""


def pack(plain: Path, target: Path) -> None:
    """A graph with weights as they are → one without those of its products, and beside it an .npz
    that has them."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        only = {
            "op_types_to_quantize": ["MatMul"],
            "weight_type": QuantType.QInt8,
            "reduce_range": True,
        }
        quantize_dynamic(plain, whole, per_channel=True, **only)
        model = onnx.load(whole)
    weights = {t.name: t for t in onnx.load(plain).graph.initializer}
    packing = _Packing(model.graph, weights)
    packing.pack()
    target.write_bytes(model.SerializeToString())
    np.savez(target.with_suffix(".npz"), **packing.products)


def divided(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], ...]:
    """float32, shape (rows, columns), rows a multiple of GROUP → q, shape (groups, GROUP,
    columns); k, shape (groups, 1, columns); s, float32, shape (columns,)."""
    groups = weights.reshape(-1, GROUP, weights.shape[-1])
    step = np.abs(groups).max(axis=1, keepdims=True) / MOST
    scale = np.maximum(step.max(axis=0, keepdims=True) / LARGEST, np.finfo(np.float32).tiny)
    k = np.clip(np.ceil(step / scale), 1, LARGEST)
    q = np.clip(np.round(groups / (k * scale)), -MOST, MOST)
    return q.astype(np.int8), k.astype(np.int8), scale.reshape(-1).astype(np.float32)


class _Packing:
    def __init__(self, graph: onnx.GraphProto, weights: dict[str, onnx.TensorProto]) -> None:
        self._graph, self._weights = graph, weights
        self._kept = {t.name: t for t in graph.initializer}
        self.products: dict[str, Any] = {}

    def pack(self) -> None:
        for node in list(self._graph.node):
            if node.op_type == "MatMulInteger" and node.input[1] in self._kept:
                self._product(node.input[1])
            elif node.op_type == "Gather" and self._is_of_words(node.input[0]):
                self._words(node)

    def _is_of_words(self, name: str) -> bool:
        dims = list(self._kept[name].dims) if name in self._kept else []
        return len(dims) == 2 and dims[0] > _WORDS

    def _product(self, name: str) -> None:
        own = name.removesuffix("_quantized")
        weights = numpy_helper.to_array(self._weights[own])
        if len(weights) % GROUP:
            return
        q, k, scale = divided(weights)
        self.products |= {f"{name}.q": _pairs(q), f"{name}.k": k}
        self._keep(f"{own}_scale", scale / np.float32(SMALLER))
        # Only the name and the shape: a session is given the values.
        tensor = self._kept[name]
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        size = str(weights.size)
        for key, value in (("location", "packed"), ("offset", "0"), ("length", size)):
            tensor.external_data.add(key=key, value=value)

    def _words(self, node: onnx.NodeProto) -> None:
        (table, ids), (out,) = node.input, node.output
        vectors = numpy_helper.to_array(self._kept[table])
        q, k, scale = divided(vectors.T)  # a column is a word
        self._graph.initializer.remove(self._kept.pop(table))
        self._keep("words_q", _pairs(q).transpose(2, 0, 1))
        self._keep("words_k", k.transpose(2, 0, 1))
        self._keep("words_scale", scale.reshape(-1, 1, 1))
        self._keep("words_shape", np.asarray([0, 0, vectors.shape[1]], np.int64))
        self._keep("four", np.asarray(4, np.uint8))
        self._keep("fifteen", np.asarray(15, np.uint8))
        self._keep("zero", np.asarray(ZERO, np.float32))
        place = list(self._graph.node).index(node)
        self._graph.node.remove(node)
        make = helper.make_node
        nodes = [
            *(make("Gather", [f"words_{p}", ids], [f"own_{p}"]) for p in ("q", "k", "scale")),
            make("BitwiseAnd", ["own_q", "fifteen"], ["own_low"]),
            make("BitShift", ["own_q", "four"], ["own_high"], direction="RIGHT"),
            make("Concat", ["own_low", "own_high"], ["own_both"], axis=-1),
            make("Cast", ["own_both"], ["own_wide"], to=TensorProto.FLOAT),
            make("Sub", ["own_wide", "zero"], ["own_signed"]),
            make("Cast", ["own_k"], ["own_wide_k"], to=TensorProto.FLOAT),
            make("Mul", ["own_signed", "own_wide_k"], ["own_whole"]),
            make("Mul", ["own_whole", "own_scale"], ["own_scaled"]),
            make("Reshape", ["own_scaled", "words_shape"], [out]),
        ]
        for new in reversed(nodes):
            self._graph.node.insert(place, new)

    def _keep(self, name: str, values: NDArray[np.generic]) -> None:
        if name in self._kept:
            self._graph.initializer.remove(self._kept[name])
        self._graph.initializer.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
        self._kept[name] = self._graph.initializer[-1]


def _pairs(q: NDArray[np.int8]) -> NDArray[np.uint8]:
    """shape (groups, GROUP, columns) → two to a byte, shape (groups, GROUP / 2, columns)."""
    low, high = np.split((q + ZERO).astype(np.uint8), 2, axis=1)
    return np.asarray(low | (high << 4), dtype=np.uint8)
