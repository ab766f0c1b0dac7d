"""What was fitted on data: the weights of a sentence's score, of what further ones answer, of a
reply's confidence, and the threshold below which pp_qa abstains. It holds for the models it was fitted with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pp_qa.errors import ModelError

SHIPPED = {"trained": "calibration-trained.json", "similarity": "calibration-similarity.json"}


@dataclass(frozen=True, slots=True)
class Calibration:
    """`fingerprint` is that of the Observer. Weights are by feature name, with `bias`. `bend` makes the
    weighed sum of a reply a probability that comes true (models.reading.bent). `figures` say on what
    it was fitted and what it reached there."""

    fingerprint: str
    sentence_weights: Mapping[str, float]
    further_weights: Mapping[str, float]
    reply_weights: Mapping[str, float]
    bend: Mapping[str, float]
    threshold: float
    figures: Mapping[str, Any] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")


def shipped(reader: Literal["trained", "similarity"]) -> Calibration:
    """The calibration that comes with the package, for the default models."""
    name = SHIPPED[reader]
    return _parse(files("pp_qa.models").joinpath(name).read_text(), name)


def load(path: Path) -> Calibration:
    """A user's own calibration. Raises ModelError when the file is none."""
    try:
        return _parse(path.read_text(), str(path))
    except OSError as error:
        raise ModelError(f"the calibration {path} can't be read ({error.strerror})") from error


def _parse(text: str, name: str) -> Calibration:
    try:
        return Calibration(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise ModelError(
            f"{name} is no calibration ({error}); make it again with: pp-qa calibrate"
        ) from error
