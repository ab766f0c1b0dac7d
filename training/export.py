"""A trained network → the file that ships: `python -m training.export RUN TARGET`.

Weights are stored as 8-bit integers of seven bits' range, each column with its own scale, and those of the
close reader in four bits (training.packing); onnxruntime multiplies 8-bit integers. `--exact` writes them as they
are, to compare with.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from pp_qa.models.weights import DEFAULT_MODEL, model_folder
from training.network import Network
from training.packing import pack
from training.teacher import Teacher

DISTILLED, CLOSE = "distilled", "close"
"""The folders of a run in which the reader, and the close reader, learned from their teacher."""
FURTHER = "further"
"""The folder in each of what it learned after that."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--teacher", type=Path, help="the close reader, of this teacher")
    given = parser.parse_args()
    learned = given.run / (CLOSE if given.teacher else "") / FURTHER
    export(learned, given.target, given.teacher, exact=given.exact)


def export(
    learned: Path, target: Path, teacher: Path | None = None, *, exact: bool = False
) -> None:
    """Write what the cycles in the folder `learned` ended with, of the reader or of a teacher's."""
    network: Network | Teacher
    network = Teacher(teacher).shallow() if teacher else Network(model_folder(DEFAULT_MODEL))
    ends = cycles(learned)[-1:] if teacher else cycles(learned)  # docs/decisions/0022
    network.load_state_dict(mean(ends))
    with tempfile.TemporaryDirectory() as folder:
        plain = target if exact else Path(folder) / "plain.onnx"
        _write_graph(network.eval(), plain)
        if teacher and not exact:
            pack(plain, target)
        elif not exact:
            quantize_dynamic(
                plain, target, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True
            )
    parts = [target, target.with_suffix(".npz")] if teacher and not exact else [target]
    facts = {f"{p.suffix[1:]}_sha256": hashlib.sha256(p.read_bytes()).hexdigest() for p in parts}
    target.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n")


def cycles(run: Path) -> list[Path]:
    """The weights at the ends of a run's cycles, in order."""
    return sorted(run.glob("cycle-*.pt"))


def mean(files: Sequence[Path]) -> dict[str, torch.Tensor]:
    """The mean of weights, of which the nth count n times (Izmailov et al., 2018)."""
    found = [torch.load(p, weights_only=True) for p in files]
    total = sum(range(1, len(found) + 1))
    return {
        name: sum(n * own[name] for n, own in enumerate(found, start=1)) / total
        for name in found[0]
    }


def _write_graph(network: Network | Teacher, target: Path) -> None:
    tokens = torch.ones((2, 8), dtype=torch.long)
    axes = {0: "texts", 1: "tokens"}
    names = ["input_ids", "attention_mask", "token_type_ids"]
    with torch.no_grad(), warnings.catch_warnings():
        # The exporter that needs no further package announces its successor at every call.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (tokens, tokens, tokens),
            str(target),
            input_names=names,
            output_names=["scores"],
            dynamic_axes=dict.fromkeys([*names, "scores"], axes),
            opset_version=18,
            dynamo=False,
        )


if __name__ == "__main__":
    main()
