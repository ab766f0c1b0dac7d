"""The trained network → the file that ships: `python -m training.export RUN TARGET`.

Weights are stored as 8-bit integers, each column with its own scale; onnxruntime multiplies them
as such. `--exact` writes them as they are, to compare with.
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

DISTILLED = "distilled"
"""The folder of a run in which the reader learned from its teacher."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--exact", action="store_true")
    given = parser.parse_args()
    export(given.run, given.target, exact=given.exact)


def export(run: Path, target: Path, *, exact: bool = False) -> None:
    network = Network(model_folder(DEFAULT_MODEL))
    network.load_state_dict(mean([*cycles(run), *cycles(run / DISTILLED)]))
    with tempfile.TemporaryDirectory() as folder:
        plain = target if exact else Path(folder) / "plain.onnx"
        _write_graph(network.eval(), plain)
        if not exact:
            quantize_dynamic(plain, target, weight_type=QuantType.QInt8, per_channel=True)
    facts = {"onnx_sha256": hashlib.sha256(target.read_bytes()).hexdigest()}
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


def _write_graph(network: Network, target: Path) -> None:
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
            opset_version=17,
            dynamo=False,
        )


if __name__ == "__main__":
    main()
