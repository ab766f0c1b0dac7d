"""The trained reader: every sentence gets its say, and the one that answers comes first."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from pp_qa import composing
from pp_qa.errors import ModelError
from pp_qa.models.network import CLOSE_READER, READER, Network, _session
from pp_qa.models.packed import unpacked
from pp_qa.settings import Settings
from pp_qa.types import Abstention, Answer

pytestmark = pytest.mark.model

sys.path.insert(0, str(Path(__file__).parent.parent))  # for training/, which isn't installed

SHIPPED = Path(composing.__file__).parent / "models"
HEADING = "The lighthouse of Arnvik"
SENTENCES = [
    "The lighthouse of Arnvik stands on a skerry two miles off the coast.",
    "It was built in 1868 by the engineer Karl Steen after three ships were lost in one winter.",
    "Its lamp burned paraffin until 1931, when a cable was laid from the mainland.",
    "Visitors can climb the 142 steps between May and September.",
    "A family of four keepers lived there until the light was automated in 1984.",
]


@pytest.fixture(scope="module", params=[READER, CLOSE_READER])
def network(request: pytest.FixtureRequest) -> Network:
    return Network(name=request.param)


@pytest.mark.parametrize(
    ("question", "best", "answer"),
    [
        ("Who built the lighthouse?", 1, "Karl Steen"),
        ("when did the lamp stop burning paraffin", 2, "1931"),
        ("How many steps are there?", 3, "142"),
        ("In which year was the light automated?", 4, "1984"),
    ],
)
def test_the_sentence_that_answers_is_told_from_its_neighbours(
    network: Network, question: str, best: int, answer: str
) -> None:
    """Among sentences of one subject the one that answers has the best odds, and the answer is
    found in it."""
    (reads,) = network.read(question, [(HEADING, SENTENCES)])
    assert max(range(len(reads)), key=lambda i: reads[i].odds) == best
    start, end = reads[best].answer
    assert answer in SENTENCES[best][start:end]


def test_what_is_not_said_is_less_likely_than_what_is(network: Network) -> None:
    """A question on the same subject that the text doesn't answer gets lower odds than each of
    those that it does."""

    def best(question: str) -> float:
        return max(r.odds for r in network.read(question, [(HEADING, SENTENCES)])[0])

    said = min(best("Who built the lighthouse?"), best("How many steps are there?"))
    for question in ("What did the lighthouse cost to build?", "Who owns the lighthouse today?"):
        assert best(question) < said


def test_everything_is_read_however_long(network: Network) -> None:
    """Long passages are read in several stretches, over-long sentences in parts, and an empty
    one is no error; each sentence gets one result, in its place."""
    endless = "and so on " * 400 + "until the engineer Karl Steen built the lighthouse of Arnvik."
    passages = [(HEADING, SENTENCES * 12), ("", [endless, "", "Short."]), ("", [])]
    found = network.read("Who built the lighthouse?" * 30, passages)
    assert [len(row) for row in found] == [60, 3, 0]
    for (_, sentences), row in zip(passages, found, strict=True):
        for sentence, read in zip(sentences, row, strict=True):
            assert 0 <= read.answer[0] <= read.answer[1] <= len(sentence)
            assert abs(read.odds) <= 20
    assert network.read("Who?", []) == []


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    """Weights that are missing or were changed are never used."""
    with pytest.raises(ModelError, match="can't be read"):
        Network(folder=tmp_path)
    (tmp_path / "reader.onnx").write_bytes(b"weights")
    (tmp_path / "reader.json").write_text(json.dumps({"onnx_sha256": "0" * 64}))
    with pytest.raises(ModelError, match="SHA-256"):
        Network(folder=tmp_path)
    for name in ("close-reader.onnx", "close-reader.json", "close-reader.npz"):
        shutil.copy(SHIPPED / name, tmp_path)
    weights = bytearray((SHIPPED / "close-reader.npz").read_bytes())
    weights[len(weights) // 2] ^= 1
    (tmp_path / "close-reader.npz").write_bytes(weights)
    with pytest.raises(ModelError, match="SHA-256"):
        Network(name=CLOSE_READER, folder=tmp_path)


def test_the_exported_network_equals_torch(tmp_path: Path) -> None:
    """What onnxruntime computes is what the network that was trained computes."""
    import torch

    from pp_qa.models.network import _Stretch
    from pp_qa.models.weights import DEFAULT_MODEL, model_folder
    from training.export import export
    from training.network import Network as Trained

    torch.manual_seed(0)
    trained = Trained(model_folder(DEFAULT_MODEL)).eval()
    torch.nn.init.normal_(trained.head.weight)
    torch.save(trained.state_dict(), tmp_path / "cycle-1.pt")
    export(tmp_path, tmp_path / "reader.onnx", exact=True)
    ids = [[101, 2040, 2328, 2009, 102, 1996, 4456, 102], [101, 2043, 102, 2009, 102]]
    stretches = [_Stretch(row, [0, 0, 0, *[1] * (len(row) - 3)], []) for row in ids]
    found = Network(folder=tmp_path)._run(stretches)
    with torch.no_grad():
        for stretch, scores in zip(stretches, found, strict=True):
            tokens = torch.tensor([stretch.ids])
            expected = trained(tokens, torch.ones_like(tokens), torch.tensor([stretch.types]))
            size = len(stretch.ids)
            assert np.abs(scores[:size] - expected[0].numpy()).max() < 1e-4


def test_packed_weights_are_multiplied_as_what_they_stand_for(tmp_path: Path) -> None:
    """A graph whose weights were packed computes what one with the weights that they stand for does,
    but for the integers that are multiplied; these are near those that were packed."""
    import torch

    from training.packing import divided, pack

    torch.manual_seed(0)
    words, product = torch.nn.Embedding(10_001, 64), torch.nn.Linear(64, 48)
    for weight in (words.weight, product.weight):
        q, k, scale = divided(weight.detach().numpy().T)
        near = (q * k.astype(np.float32) * scale).reshape(weight.shape[::-1]).T
        own = weight.detach().numpy()
        assert np.abs(near - own).max() < 0.08 * np.abs(own).max()
        weight.data = torch.from_numpy(np.ascontiguousarray(near))
    plain, packed = tmp_path / "plain.onnx", tmp_path / "packed.onnx"
    ids = torch.tensor([[0, 5, 9_999], [7, 10_000, 1]])
    network = torch.nn.Sequential(words, product)
    with pytest.warns(DeprecationWarning, match="legacy"):
        torch.onnx.export(
            network, (ids,), plain, input_names=["ids"], opset_version=18, dynamo=False
        )
    pack(plain, packed)
    weights = packed.with_suffix(".npz").read_bytes()
    (scores,) = _session(packed.read_bytes(), weights).run(None, {"ids": ids.numpy()})
    with torch.no_grad():
        expected = network(ids).numpy()
    assert np.abs(scores - expected).max() < 0.03 * np.abs(expected).max()
    assert packed.stat().st_size + len(weights) < 0.6 * (10_001 + 48) * 64 + 2_000


@pytest.mark.parametrize("name", [READER, CLOSE_READER])
def test_no_two_products_of_what_ships_overflow_in_sixteen_bits(name: str) -> None:
    """Processors without VNNI add two products of eight bits each in sixteen: with weights beyond 64
    the networks would read otherwise there, and wrongly."""
    import onnx

    graph = onnx.load(SHIPPED / name, load_external_data=False).graph
    kept = {t.name: t for t in graph.initializer}
    packed = (SHIPPED / name).with_suffix(".npz")
    weights = dict(unpacked(packed.read_bytes())) if packed.is_file() else {}
    multiplied = [n.input[1] for n in graph.node if n.op_type == "MatMulInteger"]
    assert len(multiplied) > 30
    for weight in multiplied:
        values = weights[weight] if weight in weights else onnx.numpy_helper.to_array(kept[weight])
        largest = int(np.abs(values.astype(np.int32)).max())
        assert 2 * 255 * largest <= np.iinfo(np.int16).max


@pytest.mark.parametrize("reader", ["trained", "similarity"])
def test_either_reader_answers_and_refuses(
    reader: str, corpus: Path, tmp_path: Path, model_cache: Path
) -> None:
    """The reader is a setting; with each, an answer is quoted and another subject refused."""
    (corpus / "arnvik.txt").write_text(f"{HEADING}\n\n{' '.join(SENTENCES)}\n")
    settings = Settings(
        corpus_dir=corpus, index_dir=tmp_path / "index", cache_dir=model_cache, reader=reader
    )
    assistant = composing.ready(settings, say=lambda _: None)
    reply = assistant.ask("Who built the lighthouse of Arnvik?")
    assert isinstance(reply, Answer)
    assert SENTENCES[1] in [c.quote.text for c in reply.citations]
    if reader == "trained":
        assert reply.citations[0].quote.text == SENTENCES[1]
        highlight = reply.citations[0].quote.highlight
        assert "Karl Steen" in highlight.of(assistant.document("arnvik.txt").text)
    assert isinstance(assistant.ask("How do I bake sourdough bread?"), Abstention)
