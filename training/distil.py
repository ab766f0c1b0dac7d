"""What the teacher thinks, learned by the reader: `python -m training.distil SUITES OUT --teacher
FOLDER`, where OUT holds the cycles of the reader, and OUT/teacher those of its teacher."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from pathlib import Path

import torch

from pp_qa.models.weights import DEFAULT_MODEL, model_folder
from training.batches import AHEAD, Encoded, arranged, collate, drawn
from training.corpus import load
from training.examples import Sampler
from training.export import DISTILLED, cycles, mean
from training.network import Network, taught
from training.teacher import Teacher
from training.train import Plan, arguments, facts, fit, held_rows, reading_tokenizer

PARTS = 48
"""Times 1,024 draws that the teacher reads."""
PLAN = Plan((30.0,), 1e-4, 61)


def main() -> None:
    given = arguments(__doc__)
    folder = model_folder(DEFAULT_MODEL)
    texts, training, held = load(given.suites)
    tokenizer = reading_tokenizer(folder)
    teacher = Teacher(given.teacher)
    teacher.load_state_dict(mean(cycles(given.out / "teacher")))
    target = given.out / DISTILLED
    target.mkdir(exist_ok=True)
    for number in range(PARTS):
        if not (part := target / f"part-{number:02}.pickle").is_file():
            rng = random.Random(f"{PLAN.seed}/{number}")
            groups = drawn(Sampler(texts, training, rng), tokenizer, AHEAD)
            partial = part.with_suffix(".tmp")
            partial.write_bytes(pickle.dumps(read(teacher.eval(), groups, rng)))
            partial.replace(part)
    network = Network(folder)
    network.load_state_dict(mean(cycles(given.out)))
    fit(
        network,
        lambda rng: batches_read(target, rng),
        taught,
        PLAN,
        target,
        held_rows(texts, held, tokenizer),
        facts(given.suites, training),
    )


def read(teacher: Teacher, groups: list[list[Encoded]], rng: random.Random) -> list[list[Encoded]]:
    """The groups, in another order, with what the teacher says of each token."""
    found: list[list[Encoded]] = []
    for batch in arranged(groups, rng):
        made = collate(batch)
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
            scores = teacher(made["input_ids"], made["attention_mask"], made["token_type_ids"])
        rows = iter(scores.half().numpy())
        found += [
            [row._replace(taught=next(rows)[: len(row.ids)].copy()) for row in group]
            for group in batch
        ]
    return found


def batches_read(folder: Path, rng: random.Random) -> Iterator[list[list[Encoded]]]:
    """Without end; all that was read once before anything comes again."""
    parts = sorted(folder.glob("part-*.pickle"))
    while True:
        for part in rng.sample(parts, len(parts)):
            yield from arranged(pickle.loads(part.read_bytes()), rng)  # noqa: S301 - our own


if __name__ == "__main__":
    main()
