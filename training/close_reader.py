"""The close reader: nine of its teacher's twelve layers, taught by the whole. `python -m
training.close_reader SUITES OUT --teacher FOLDER`, after training.distil."""

from __future__ import annotations

import torch

from pp_qa.models.weights import DEFAULT_MODEL, model_folder
from training.corpus import load
from training.distil import batches_read
from training.export import CLOSE, DISTILLED, cycles, mean
from training.network import taught
from training.teacher import Teacher
from training.train import Plan, arguments, facts, fit, held_rows, reading_tokenizer

PLAN = Plan((28.0,), 8e-5, 71)


def main() -> None:
    given = arguments(__doc__)
    texts, training, held = load(given.suites)
    teacher = Teacher(given.teacher)
    teacher.load_state_dict(mean(cycles(given.out / "teacher")))
    torch.manual_seed(PLAN.seed)
    fit(
        teacher.shallow(),
        lambda rng: batches_read(given.out / DISTILLED, rng),
        taught,
        PLAN,
        given.out / CLOSE,
        held_rows(texts, held, reading_tokenizer(model_folder(DEFAULT_MODEL))),
        facts(given.suites, training),
    )


if __name__ == "__main__":
    main()
