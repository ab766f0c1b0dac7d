"""What was fitted on data: the weights of a sentence's score, of what further ones answer, of a
reply's confidence, and the threshold below which pp_qa abstains. It holds for the models it was fitted with."""

from __future__ import annotations

import errno
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from pp_qa.errors import ModelError, UsageError

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
        """At one stroke: one that was there stays until then. Raises UsageError when it can't be."""
        with _beside(path) as pending:
            pending.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
            pending.replace(path)


def check_writable(path: Path) -> None:
    """Raises UsageError when no calibration can be saved there. What the file holds stays."""
    with _beside(path) as pending:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        pending.touch()
        pending.unlink()


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """The file that is written before it takes the place of another. Raises UsageError where it can't be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield path.with_name(f"{path.name}.tmp")
    except OSError as error:
        raise UsageError(
            f"the calibration can't be written to {path} ({error.strerror}); name another file with"
            " --output"
        ) from error


def shipped(reader: Literal["trained", "similarity"]) -> Calibration:
    """The calibration that comes with the package, for the default models."""
    name = SHIPPED[reader]
    return _parse(files("pp_qa.models").joinpath(name).read_bytes(), name)


def load(path: Path) -> Calibration:
    """A user's own calibration. Raises ModelError when the file is none."""
    try:
        return _parse(path.read_bytes(), str(path))
    except OSError as error:
        raise ModelError(
            f"the calibration {path} can't be read ({error.strerror}); see to that, or remove it"
        ) from error


def _parse(content: bytes, name: str) -> Calibration:
    try:
        made = Calibration(**json.loads(content))
        weighed = (made.sentence_weights, made.further_weights, made.reply_weights, made.bend)
        for number in (made.threshold, *chain.from_iterable(w.values() for w in weighed)):
            if not (isinstance(number, float | int) and math.isfinite(number)):
                raise ValueError(f"{number!r} is no number")
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(
            f"{name} is no calibration ({error}); make it again with: pp-qa calibrate, or remove it"
        ) from error
    return made
