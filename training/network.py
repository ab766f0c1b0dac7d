"""The reader as torch sees it: the encoder that is installed, with three numbers a token.

For each token: how likely the answer starts there, ends there, and how much the token's sentence
is what answers (averaged over the sentence). At the first token stand the same three for "not
in this text" (Devlin et al., 2019, for spans; the sentence scores are built alike).
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig, AutoModel

LONGEST = 320
"""Tokens of a question with what is read; more is left out in training only."""

DROPPED = 0.1
"""The share of the numbers of a layer's output that is dropped in training."""
TAUGHT = 0.7
"""How much the teacher's word counts, against what people marked."""
_NEVER = -1e4
"""A logit that leaves no likelihood."""


class Network(nn.Module):  # type: ignore[misc]
    def __init__(self, folder: Path) -> None:
        super().__init__()
        config = AutoConfig.from_pretrained(
            str(folder), hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        )
        self.encoder = AutoModel.from_pretrained(
            str(folder), config=config, attn_implementation="eager", add_pooling_layer=False
        )
        for layer in self.encoder.encoder.layer:
            for part in (layer.attention.output, layer.output):
                part.dropout = LockedDropout()
                part.LayerNorm = NarrowNorm(part.LayerNorm)
        self.encoder.embeddings.register_forward_hook(_narrowed)
        # Word vectors stay as they are: a suite has but few of the words that people use.
        self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        self.head = nn.Linear(config.hidden_size, 3)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """int64, shape (n, tokens) each → float32, shape (n, tokens, 3): start, end, relevance."""
        states = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        scores: Tensor = self.head(states)
        return scores


class LockedDropout(nn.Module):  # type: ignore[misc]
    """Drops the same numbers at every token of an example (Gal and Ghahramani, 2016). Drawing anew
    for each token costs a quarter of a step on a CPU; this costs next to nothing."""

    def forward(self, states: Tensor) -> Tensor:
        """shape (n, tokens, width) → the same; unchanged but in training."""
        if not self.training:
            return states
        kept = torch.rand((len(states), 1, states.shape[-1])) >= DROPPED
        return states * (kept / (1 - DROPPED)).to(states.dtype)


class NarrowNorm(nn.LayerNorm):  # type: ignore[misc]
    """Normalises numbers as narrow as they come. Left to itself, torch widens them here and narrows
    them again for every product, a quarter of a step on a CPU."""

    def __init__(self, plain: nn.LayerNorm) -> None:
        super().__init__(plain.normalized_shape, plain.eps)
        self.weight, self.bias = plain.weight, plain.bias

    def forward(self, states: Tensor) -> Tensor:
        """shape (…, width) → the same."""
        with torch.autocast("cpu", enabled=False):
            weight, bias = self.weight.to(states.dtype), self.bias.to(states.dtype)
            return functional.layer_norm(states, self.normalized_shape, weight, bias, self.eps)


def _narrowed(_module: nn.Module, _given: object, states: Tensor) -> Tensor:
    return states.to(torch.bfloat16) if torch.is_autocast_enabled("cpu") else states


def losses(scores: Tensor, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Mean negative log-likelihoods: of the answer's `span` and of its `sentence`, against "not in
    this text"; and, of questions with several texts, of where the answer stands among all
    of them (`ranked`). Of several gold ranges any one is right (Clark & Gardner, 2018), where not
    `every` one is needed; scores are comparable between texts because each is taken above its own text's "none"."""
    start, end = batch["edges"].unbind(-1)
    parts = list(zip(_choices(scores, batch), (start, end, batch["right"]), strict=True))
    one = [_among(values, right, batch["every"]) for values, right in parts]
    ranked = [_ranked(values, right, batch["group"]) for values, right in parts]
    return {
        "span": (one[0] + one[1]) / 2,
        "sentence": one[2],
        "ranked": (ranked[0] + ranked[1]) / 4 + ranked[2] / 2,
    }


def taught(scores: Tensor, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same, and how far the network is from what its teacher thought likely, `batch["taught"]`
    (Hinton et al., 2015): cross-entropies over starts, ends and sentences."""
    own = _choices(scores, batch)
    likely = [values.softmax(dim=1) for values in _choices(batch["taught"], batch)]
    apart = [
        -(p * values.log_softmax(dim=1)).sum(dim=1).mean()
        for p, values in zip(likely, own, strict=True)
    ]
    known = {name: (1 - TAUGHT) * part for name, part in losses(scores, batch).items()}
    return known | {"taught": TAUGHT * ((apart[0] + apart[1]) / 2 + apart[2])}


def _choices(scores: Tensor, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """Logits over starts and ends, shape (n, tokens), and over sentences, shape (n, 1 +
    sentences); "none" is the first of each."""
    scores = scores.float()
    scores = scores.masked_fill(batch["readable"].logical_not()[..., None], _NEVER)
    pooled = torch.einsum("nst,nt->ns", batch["members"], scores[..., 2])
    pooled = torch.cat([scores[:, :1, 2], pooled], dim=1)
    pooled = pooled.masked_fill(batch["present"].logical_not(), _NEVER)
    return scores[..., 0], scores[..., 1], pooled


def _among(values: Tensor, right: Tensor, every: Tensor) -> Tensor:
    """Of what is right any or, of the rows of `every`, each alike."""
    log = values.log_softmax(dim=1)
    one = log.masked_fill(right.logical_not(), _NEVER).logsumexp(dim=1)
    each = (log * right).sum(dim=1) / right.sum(dim=1)
    return -torch.where(every, each, one).mean()


def _ranked(values: Tensor, right: Tensor, group: Tensor) -> Tensor:
    """The same over all rows of a group, each above its own "none"; 0 without such a group."""
    odds = (values - values[:, :1])[:, 1:]
    every = odds.logsumexp(dim=1)
    gold = odds.masked_fill(right[:, 1:].logical_not(), _NEVER).logsumexp(dim=1)
    same = group[:, None] == group[None, :]
    several = right[:, 1:].any(dim=1) & (same.sum(dim=1) > 1)
    if not several.any():
        return values.new_zeros(())
    whole = every[None, :].masked_fill(same.logical_not(), _NEVER).logsumexp(dim=1)
    return (whole - gold)[several].mean()
