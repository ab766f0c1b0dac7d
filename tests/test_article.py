"""The shipped article, asked through the real model: what a first user sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from pp_qa.assistant import Assistant
from pp_qa.composing import ready
from pp_qa.settings import load_settings
from pp_qa.types import Answer, Citation

pytestmark = pytest.mark.model
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def article(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Assistant:
    index = tmp_path_factory.mktemp("index")
    return ready(
        load_settings(corpus_dir=ROOT / "docs_corpus", index_dir=index, cache_dir=model_cache)
    )


def quotes(article: Assistant, question: str) -> tuple[Citation, ...]:
    """The quotes for a question whatever the confidence, each compared with the document."""
    reply = article.ask(question, min_confidence=0)
    assert isinstance(reply, Answer)
    for citation in reply.citations:
        quote = citation.quote
        assert quote.span.of(article.document(quote.doc_id).text) == quote.text
    return reply.citations


def test_the_readme_beside_the_article_is_no_document(article: Assistant) -> None:
    """The folder's own page is not answered from."""
    assert [d.doc_id for d in article.documents()] == ["ukraine-28-point-peace-plan.txt"]


@pytest.mark.parametrize(
    ("question", "lead", "last"),
    [
        (
            "What does the proposed plan focus on?",
            "The proposed Ukraine Peace Plan",
            "coordination",
        ),
        ("What does an agreement hinge on?", "Yet analysts caution", "on all sides"),
    ],
)
def test_a_list_comes_whole(article: Assistant, question: str, lead: str, last: str) -> None:
    """A quote runs from the line that introduces the list to its last item."""
    texts = [citation.quote.text for citation in quotes(article, question)]
    assert any(text.startswith(lead) and text.endswith(last) for text in texts)


@pytest.mark.parametrize(
    "question", ["When was this article published?", "Which outlet published the article?"]
)
def test_the_dateline_says_who_published_and_when(article: Assistant, question: str) -> None:
    """A dateline is found by the words that it leaves out."""
    assert "TheInterviewTimes.com | November 19, 2025" in quotes(article, question)[0].quote.text


def test_what_is_quoted_has_its_address(article: Assistant) -> None:
    """A citation names the document, the section and the range, and that the file is current."""
    first = quotes(article, "Who did Witkoff brief in Miami?")[0]
    assert "Rustem Umerov" in first.quote.text
    assert first.heading_path == ("Kyiv Engaged but Cautious as Washington Intensifies Outreach",)
    assert first.current


def test_what_the_article_is_not_about_is_refused(article: Assistant) -> None:
    """A question on another subject gets no answer, and the nearest text."""
    for question in ("How do I bake bread?", "What is the boiling point of mercury?"):
        reply = article.ask(question)
        assert not reply.answered
        assert reply.closest
        assert reply.coverage.documents == 1
