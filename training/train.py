"""Trains the reader: `python -m training.train SUITES OUT`. Run again with the same
OUT, it goes on from its last checkpoint."""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from statistics import fmean
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # a busy machine stalls spinning threads
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")  # each shape seen keeps memory

import torch
from tokenizers import Tokenizer
from torch import Tensor

from pp_qa.evaluation.confidence import auroc
from pp_qa.models.weights import DEFAULT_MODEL, model_folder
from training.batches import Encoded, batches, collate, encode_group
from training.corpus import EVERYDAY, SUITES, Example, Text, load
from training.examples import Sampler
from training.network import Network, losses
from training.teacher import Teacher

LOWER = 0.7
"""The highest rate of a cycle, as a share of that of the cycle before."""
WARM_UP = 0.06
"""The share of a cycle over which the rate rises."""
DECAY = 0.01
AVERAGE = 0.995
"""The weights that are kept are a running mean of those of the last steps."""
_HELD_SEED = 11
"""Runs of any seed are watched on the same questions."""
_REPORT = 25
_CHECKPOINT = 300.0
"""Seconds of work between two checkpoints."""

Cost = Callable[[Tensor, dict[str, Tensor]], dict[str, Tensor]]
"""(scores, batch) → the parts of the loss, by name."""
Made = Callable[[random.Random], Iterator[list[list[Encoded]]]]
"""Batches without end, drawn with this chance."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`minutes` of work of each core: the cycles of the learning rate, which rises to `rate` and falls
    to nothing in each (Loshchilov & Hutter, 2017)."""

    minutes: tuple[float, ...]
    rate: float
    seed: int


READER = Plan((44.0, 56.0), 1.5e-4, 23)
TEACHER = Plan((38.0,), 4e-5, 41)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--teacher", type=Path, help="train this network (training.teacher) instead"
    )
    given = parser.parse_args()
    folder = model_folder(DEFAULT_MODEL)
    texts, training, held = load(given.suites)
    tokenizer = reading_tokenizer(folder)
    plan = TEACHER if given.teacher else READER
    torch.manual_seed(plan.seed)
    network = Teacher(given.teacher) if given.teacher else Network(folder)
    fit(
        network,
        lambda rng: batches(Sampler(texts, training, rng), tokenizer, rng),
        losses,
        plan,
        given.out,
        held_rows(texts, held, tokenizer),
        facts(given.suites, training),
    )


def fit(
    network: torch.nn.Module,
    made: Made,
    cost: Cost,
    plan: Plan,
    out: Path,
    known: list[Encoded],
    data: dict[str, Any],
) -> None:
    """Steps until each thread has worked for the minutes of all cycles, over all runs together: the
    learning rate follows the work, so that a slower machine sees fewer examples and not a worse
    schedule, and a busy one takes longer. `known` is looked at with each checkpoint; `data` is noted."""
    out.mkdir(parents=True, exist_ok=True)
    cycles = [60 * m for m in plan.minutes]
    learned = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=plan.rate, weight_decay=DECAY, fused=True)
    mean = [p.detach().clone() for p in learned]
    spent, step, seen = 0.0, 0, 0
    if (checkpoint := out / "checkpoint.pt").is_file():
        kept = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(kept["network"])
        optimizer.load_state_dict(kept["optimizer"])
        mean = kept["mean"]
        spent, step, seen = kept["spent"], kept["step"], kept["seen"]
        if spent >= sum(cycles):
            return
    _note(out, asdict(plan) | data)
    before, saved, began = spent, spent, time.process_time()
    losses_seen: list[dict[str, float]] = []
    network.train()
    for groups in made(random.Random(f"{plan.seed}/{step}")):
        for group in optimizer.param_groups:
            group["lr"] = plan.rate * _rate(spent, cycles)
        batch = collate(groups)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = network(batch["input_ids"], batch["attention_mask"], batch["token_type_ids"])
        parts = cost(scores, batch)
        torch.stack(list(parts.values())).sum().backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        with torch.no_grad():
            share = min(AVERAGE, (step + 1) / (step + 10))
            for average, parameter in zip(mean, learned, strict=True):
                average.lerp_(parameter, 1 - share)
        step, seen = step + 1, seen + sum(map(len, groups))
        spent = before + (time.process_time() - began) / torch.get_num_threads()
        losses_seen.append({name: part.item() for name, part in parts.items()})
        if step % _REPORT == 0:
            row = {"step": step, "seen": seen, "minutes": round(spent / 60, 2)}
            _note(out, row | {n: fmean(loss[n] for loss in losses_seen) for n in parts})
            losses_seen.clear()
        cycle = _cycle(saved, cycles)
        if spent - saved > _CHECKPOINT or spent >= sum(cycles[:cycle]):
            saved = spent
            _save(checkpoint, network, optimizer, mean, spent, step, seen)
            with torch.no_grad():
                own = [p.detach().clone() for p in learned]
                _set(learned, mean)
                _note(out, {"step": step, "held": evaluate(network, known)})
                torch.save(network.state_dict(), out / f"cycle-{cycle}.pt")
                _set(learned, own)
        if spent >= sum(cycles):
            return


def evaluate(network: torch.nn.Module, rows: list[Encoded]) -> dict[str, float]:
    """On held-out articles: how often the best sentence is right, how well answered and
    unanswered are told apart by sentences and by spans."""
    right, known, by_sentence, by_span = [], [], [], []
    network.eval()
    for at in range(0, len(rows), 32):
        part = rows[at : at + 32]
        batch = collate([[row] for row in part])
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            scores = network(
                batch["input_ids"], batch["attention_mask"], batch["token_type_ids"]
            ).float()
        for row, own in zip(part, scores, strict=True):
            pooled = torch.stack([own[a:b, 2].mean() for a, b in row.sentences])
            by_sentence.append(float(pooled.logsumexp(0) - own[0, 2]))
            inside = torch.cat([own[a:b] for a, b in row.sentences])
            by_span.append(float(inside[:, 0].max() + inside[:, 1].max() - own[0, :2].sum()))
            known.append(bool(row.gold))
            if row.gold:
                right.append(row.right[int(pooled.argmax())])
    network.train()
    return {
        "first_right": sum(right) / len(right),
        "auroc_sentence": float(auroc(by_sentence, known)[0]),
        "auroc_span": float(auroc(by_span, known)[0]),
    }


def held_rows(
    texts: Mapping[str, Text], held: Sequence[Example], tokenizer: Tokenizer
) -> list[Encoded]:
    """What a run is watched on: the same for every run."""
    sampler = Sampler(texts, held, random.Random(_HELD_SEED))
    groups = (encode_group(tokenizer, sampler.draw()) for _ in range(600))
    return [row for group in groups for row in group]


def reading_tokenizer(folder: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def arguments(description: str | None) -> argparse.Namespace:
    """Of what goes on from a run with its teacher: SUITES OUT --teacher FOLDER."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("suites", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--teacher", type=Path, required=True)
    return parser.parse_args()


def facts(suites: Path, examples: Sequence[Example]) -> dict[str, Any]:
    """What stands at the head of a curve: which questions were learned from."""
    data = {
        name: hashlib.sha256((suites / name / "questions.jsonl.gz").read_bytes()).hexdigest()
        for name in SUITES
    }
    written = b"".join(p.read_bytes() for p in sorted(EVERYDAY.glob("*.jsonl")))
    data[EVERYDAY.name] = hashlib.sha256(written).hexdigest()
    return {"examples": len(examples), "questions_sha256": data}


def _rate(spent: float, cycles: Sequence[float]) -> float:
    """In [0, 1]. In each cycle linear up, then a half cosine down."""
    first, *others = cycles
    if others and spent >= first:
        return LOWER * _rate(spent - first, others)
    share = spent / first
    if share < WARM_UP:
        return max(0.02, share / WARM_UP)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (share - WARM_UP) / (1 - WARM_UP))))


def _cycle(spent: float, cycles: Sequence[float]) -> int:
    """The number of the cycle, from 1; that of the last one when all are over."""
    ends = accumulate(cycles)
    return min(len(cycles), 1 + sum(spent >= end for end in ends))


def _set(parameters: list[torch.nn.Parameter], values: list[torch.Tensor]) -> None:
    for parameter, value in zip(parameters, values, strict=True):
        parameter.copy_(value)


def _save(
    place: Path,
    network: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    mean: list[torch.Tensor],
    spent: float,
    step: int,
    seen: int,
) -> None:
    partial = place.with_suffix(".tmp")
    state: dict[str, Any] = {
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "mean": mean,
        "spent": spent,
        "step": step,
        "seen": seen,
    }
    torch.save(state, partial)
    partial.replace(place)


def _note(out: Path, facts: dict[str, Any]) -> None:
    with (out / "curve.jsonl").open("a") as file:
        file.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
