"""What both readers learn last, from what people marked, everyday questions among it: `python -m
training.further SUITES OUT --teacher FOLDER`, after training.close_reader."""

from __future__ import annotations

import torch

from pp_qa.models.weights import DEFAULT_MODEL, model_folder
from training.batches import batches
from training.corpus import load
from training.examples import Sampler
from training.export import CLOSE, DISTILLED, FURTHER, cycles, mean
from training.network import Network, losses
from training.teacher import Teacher
from training.train import Plan, arguments, facts, fit, held_rows, reading_tokenizer

READER = Plan((8.0, 15.0), 5e-5, 91)
CLOSE_READER = Plan((68.0, 38.0), 6e-5, 83)


def main() -> None:
    given = arguments(__doc__)
    folder, run = model_folder(DEFAULT_MODEL), given.out
    texts, training, held = load(given.suites)
    tokenizer = reading_tokenizer(folder)
    reader, close_reader = Network(folder), Teacher(given.teacher).shallow()
    reader.load_state_dict(mean([*cycles(run), *cycles(run / DISTILLED)]))
    close_reader.load_state_dict(mean(cycles(run / CLOSE)))
    for network, plan, target in (
        (reader, READER, run / FURTHER),
        (close_reader, CLOSE_READER, run / CLOSE / FURTHER),
    ):
        torch.manual_seed(plan.seed)
        fit(
            network,
            lambda rng: batches(Sampler(texts, training, rng), tokenizer, rng),
            losses,
            plan,
            target,
            held_rows(texts, held, tokenizer),
            facts(given.suites, training),
        )


if __name__ == "__main__":
    main()
