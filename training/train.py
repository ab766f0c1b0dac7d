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
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from statistics import fmean
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # a busy machine stalls spinning threads
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")  # each shape seen keeps memory

import torch
from tokenizers import Tokenizer

from pp_qa.evaluation.confidence import auroc
from pp_qa.models.weights import DEFAULT_MODEL, model_folder
from training.batches import Encoded, batches, collate, encode_group
from training.corpus import SUITES, load
from training.examples import Sampler
from training.network import Network, losses

MINUTES = (44.0, 56.0)
"""Of work of each core: the cycles of the learning rate, which rises and falls to nothing in each
(Loshchilov & Hutter, 2017)."""
RATE = 1.5e-4
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, nargs="+", default=MINUTES)
    parser.add_argument("--seed", type=int, default=23)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    given.out.mkdir(parents=True, exist_ok=True)
    train(given.suites, given.out, [60 * m for m in given.minutes], given.seed)


def train(suites: Path, out: Path, cycles: Sequence[float], seed: int) -> None:
    """Steps until each thread has worked for the seconds of all cycles, over all runs together: the
    learning rate follows the work, so that a slower machine sees fewer examples and not a worse
    schedule, and a busy one takes longer."""
    texts, training, held = load(suites)
    seconds = sum(cycles)
    folder = model_folder(DEFAULT_MODEL)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    torch.manual_seed(seed)
    network = Network(folder)
    network.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    learned = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=RATE, weight_decay=DECAY, fused=True)
    mean = [p.detach().clone() for p in learned]
    spent, step, seen = 0.0, 0, 0
    if (checkpoint := out / "checkpoint.pt").is_file():
        kept = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(kept["network"])
        optimizer.load_state_dict(kept["optimizer"])
        mean = kept["mean"]
        spent, step, seen = kept["spent"], kept["step"], kept["seen"]
    rng = random.Random(f"{seed}/{step}")
    known = _held_rows(Sampler(texts, held, random.Random(_HELD_SEED)), tokenizer)
    _note(out, _facts(suites, len(training), cycles, seed))
    before, saved, began = spent, spent, time.process_time()
    losses_seen: list[dict[str, float]] = []
    network.train()
    for groups in batches(Sampler(texts, training, rng), tokenizer, rng):
        for group in optimizer.param_groups:
            group["lr"] = RATE * _rate(spent, cycles)
        batch = collate(groups)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = network(batch["input_ids"], batch["attention_mask"], batch["token_type_ids"])
        parts = losses(scores, batch)
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
            facts = {"step": step, "seen": seen, "minutes": round(spent / 60, 2)}
            _note(out, facts | {n: fmean(loss[n] for loss in losses_seen) for n in parts})
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
        if spent >= seconds:
            return


def evaluate(network: Network, rows: list[Encoded]) -> dict[str, float]:
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


def _held_rows(sampler: Sampler, tokenizer: Tokenizer) -> list[Encoded]:
    groups = (encode_group(tokenizer, sampler.draw()) for _ in range(600))
    return [row for group in groups for row in group]


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
    network: Network,
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


def _facts(suites: Path, examples: int, cycles: Sequence[float], seed: int) -> dict[str, Any]:
    data = {
        name: hashlib.sha256((suites / name / "questions.jsonl.gz").read_bytes()).hexdigest()
        for name in SUITES
    }
    return {
        "seed": seed,
        "rate": RATE,
        "minutes": [seconds / 60 for seconds in cycles],
        "examples": examples,
        "questions_sha256": data,
    }


def _note(out: Path, facts: dict[str, Any]) -> None:
    with (out / "curve.jsonl").open("a") as file:
        file.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
