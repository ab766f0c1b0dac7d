"""The reader as torch sees it: the encoder that is installed, with three numbers a token.

For each token: how likely the answer starts there, ends there, and how much the token's sentence
is what answers (averaged over the sentence). At the first token stand the same three for "not
in this text" (Devlin et al., 2019, for spans; the sentence scores are built alike).
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel

LONGEST = 320
"""Tokens of a question with what is read; more is left out in training only."""


class Network(nn.Module):  # type: ignore[misc]
    def __init__(self, folder: Path) -> None:
        super().__init__()
        # Without dropout: no example is seen often, and on a CPU it costs a quarter of a step.
        config = AutoConfig.from_pretrained(
            str(folder), hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        )
        self.encoder = AutoModel.from_pretrained(
            str(folder), config=config, attn_implementation="eager", add_pooling_layer=False
        )
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


def losses(scores: Tensor, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """The span's and the sentence's mean negative log-likelihood; of several gold ranges any
    one is right (Clark & Gardner, 2018)."""
    scores = scores.float()
    outside = batch["readable"].logical_not()[..., None]
    scores = scores.masked_fill(outside, -1e4)
    log = scores[..., :2].log_softmax(dim=1)
    span = []
    for edge in (0, 1):
        right = log[..., edge].masked_fill(batch["edges"][..., edge].logical_not(), -1e4)
        span.append(-right.logsumexp(dim=1).mean())
    pooled = torch.einsum("nst,nt->ns", batch["members"], scores[..., 2])
    pooled = torch.cat([scores[:, :1, 2], pooled], dim=1)
    pooled = pooled.masked_fill(batch["present"].logical_not(), -1e4)
    right = pooled.log_softmax(dim=1).masked_fill(batch["right"].logical_not(), -1e4)
    return (span[0] + span[1]) / 2, -right.logsumexp(dim=1).mean()
