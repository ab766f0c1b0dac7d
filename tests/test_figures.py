"""Kept results are drawn into the documentation, always in the same way."""

from __future__ import annotations

import copy
import json
import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import drawing
import figures
import keeping
import pytest

ROOT = Path(__file__).parent.parent
SVG = "{http://www.w3.org/2000/svg}"
CHART = drawing.Chart(
    "Bread & <butter>",
    drawing.Axis("loaves", (0, 5, 10)),
    drawing.Axis("eaten, %", (0, 50, 100)),
    (
        drawing.Line("low", ((0, 0), (10, 50)), 0),
        drawing.Line("high", ((0, 100), (10, 100)), 9),
    ),
)


def facts_of(level: float) -> dict[str, Any]:
    """Facts as `pp-qa eval --stages` makes them, around one level."""
    shares = {"recall@1": level, "first_quote_right": level, "auroc": level, "aurc": 1 - level}
    shares["intervals"] = {k: [v - 0.05, v + 0.05] for k, v in shares.items()}  # type: ignore[assignment]
    curves = {
        "recall": [[k, 1 - (1 - level) / k] for k in range(1, 31)],
        "risk_coverage": [[c / 50, (1 - level) * c / 50] for c in range(1, 51)],
        "reliability": [[b / 15, math.sqrt(b / 15)] for b in range(15)],
    }
    about = {"commit": "abc1234", "date": "2026-01-02", "scoped": False, "questions": 1200}
    stages = {"lexical": copy.deepcopy(shares)}
    return about | {"threshold": 0.25, "curves": curves, "stages": stages} | shares


@pytest.fixture
def results() -> dict[str, dict[str, Any]]:
    documents = facts_of(0.7) | {"ndcg@10": 0.7}
    documents["intervals"] = documents["intervals"] | {"ndcg@10": [0.6, 0.8]}
    return {"birds": facts_of(0.8), "abstracts": documents}


def numbers(element: ElementTree.Element, *names: str) -> list[float]:
    return [float(element.attrib[n]) for n in names]


def test_a_chart_is_well_formed_and_says_what_it_shows() -> None:
    """The title, both axes with their ticks and a legend are in it, as XML that can be parsed."""
    root = ElementTree.fromstring(drawing.draw(CHART))
    assert root.findtext(f"{SVG}title") == "Bread & <butter>"
    texts = [t.text for t in root.iter(f"{SVG}text")]
    for text in ("Bread & <butter>", "loaves", "eaten, %", "0", "5", "10", "50", "100"):
        assert text in texts
    assert texts.index("high") < texts.index("low")


def test_points_stand_where_their_values_are() -> None:
    """The corners of the plot are the first and the last ticks; all lies inside the picture."""
    root = ElementTree.fromstring(drawing.draw(CHART))
    low, high = (line.attrib["points"] for line in root.iter(f"{SVG}polyline"))
    left, right = float(drawing.LEFT), float(drawing.WIDTH - drawing.RIGHT)
    bottom, top = float(drawing.HEIGHT - drawing.BOTTOM), float(drawing.TOP)
    assert low == f"{left},{bottom} {right},{(bottom + top) / 2}"
    assert high == f"{left},{top} {right},{top}"
    for text in root.iter(f"{SVG}text"):
        x, y = numbers(text, "x", "y")
        assert 0 <= x <= drawing.WIDTH
        assert 0 <= y <= drawing.HEIGHT


def test_lines_differ_by_colour_or_dashes() -> None:
    """Twenty lines look like twenty, on light and on dark."""
    looks = [drawing._look(drawing.Line("", (), i)) for i in range(20)]
    assert len(set(looks)) == 20
    drawn = drawing.draw(CHART)
    light, dark = drawn.split("@media (prefers-color-scheme: dark)")
    for half in (light, dark):
        assert len(set(re.findall(r"\.c\d { stroke: (#\w+) }", half))) == 8


def test_the_same_results_are_drawn_to_the_same_bytes(results: dict[str, Any]) -> None:
    """In whatever order they were read, pictures and tables are the same, and well formed."""
    other = dict(reversed(results.items()))
    assert figures.pictures(results) == figures.pictures(other)
    assert figures.block(results) == figures.block(other)
    assert set(figures.pictures(results)) == {"recall.svg", "risk-coverage.svg", "reliability.svg"}
    for picture in figures.pictures(results).values():
        root = ElementTree.fromstring(picture)
        names = [t.text for t in root.iter(f"{SVG}text")]
        assert {"birds", "abstracts"} <= set(names)
        assert len(list(root.iter(f"{SVG}polyline"))) == 2


def test_lines_stay_inside_the_plot(results: dict[str, Any]) -> None:
    """Axes reach as far as the values do."""
    for picture in figures.pictures(results).values():
        for line in ElementTree.fromstring(picture).iter(f"{SVG}polyline"):
            for point in line.attrib["points"].split():
                x, y = map(float, point.split(","))
                assert drawing.LEFT <= x <= drawing.WIDTH - drawing.RIGHT
                assert drawing.TOP <= y <= drawing.HEIGHT - drawing.BOTTOM


def test_tables_show_figures_with_their_intervals(results: dict[str, Any]) -> None:
    """Per cent with brackets, decimals where a figure is no share, a dash where there is none."""
    text = figures.block(results)
    assert "| suite | recall@1 | nDCG@10 | first quote right |" in text
    assert "| birds, open (1,200) | 80.0 (75.0–85.0) | – | 80.0 (75.0–85.0) |" in text
    assert "| birds, open (1,200) | 0.800 (0.750–0.850) | 0.200 (0.150–0.250) |" in text
    assert "| birds: lexical | 80.0 (75.0–85.0) |" in text
    assert "abc1234 on 2026-01-02, threshold 0.250 (abstracts, birds)" in text
    columns = [line.count("|") for line in text.splitlines() if line.startswith("| birds, ")]
    heads = [line.count("|") for line in text.splitlines() if line.startswith("| suite |")]
    assert columns == heads


def test_only_what_lies_between_the_marks_is_rewritten() -> None:
    """Twice is the same as once; a page without marks is refused, not overwritten."""
    page = f"before\n{figures.BEGIN}\nold\n{figures.END}\nafter\n"
    once = figures.with_block(page, "new\n")
    assert once == f"before\n{figures.BEGIN}\nnew\n{figures.END}\nafter\n"
    assert figures.with_block(once, "new\n") == once
    for broken in ("nothing", f"{figures.BEGIN} only", f"{figures.END}{figures.BEGIN}"):
        with pytest.raises(ValueError, match="marks"):
            figures.with_block(broken, "new\n")


def test_results_are_kept_and_read_again(
    tmp_path: Path, results: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept is what is drawn; results without curves are left out by name."""
    monkeypatch.setattr(keeping, "RESULTS", tmp_path)
    for name, facts in results.items():
        keeping.keep(f"suite-{name}", facts)
    (tmp_path / "suite-old.json").write_text(json.dumps({"recall@1": 0.5}))
    found = figures.read(tmp_path)
    assert set(found) == set(results)
    assert found["birds"]["curves"] == results["birds"]["curves"]
    assert found["birds"]["machine"]["cores"] >= 1


def test_suites_count_alike_when_taken_together() -> None:
    """The error over several suites is that of their mixture, however many questions each has:
    here one is twice as often right as sure of itself, the other never."""
    replies = {"squad": [[0.5, True]] * 10, "squad2": [[0.5, False]] * 90}
    results = {name: facts_of(0.8) | {"replies": replies[name]} for name in replies}
    assert "the calibration error is 0.000" in figures.block(results)
    assert "the calibration error is 0.500" in figures.block({"squad": results["squad"]})
    assert "calibration error is" not in figures.block({"birds": facts_of(0.8)})


def test_the_documentation_shows_the_kept_results() -> None:
    """`make figures` would change nothing: the page and its pictures are those of the results."""
    results = figures.read(keeping.RESULTS)
    page = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    assert figures.with_block(page, figures.block(results)) == page
    for name, picture in figures.pictures(results).items():
        assert (ROOT / "docs" / "figures" / name).read_text(encoding="utf-8") == picture
