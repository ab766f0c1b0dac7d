"""Follow-ups: what they are understood to ask, and that a new question is left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from conversations import CONVERSATIONS, Asked
from hypothesis import given
from hypothesis import strategies as st

from pp_qa.assistant import Assistant
from pp_qa.composing import ready
from pp_qa.conversation import understand
from pp_qa.settings import load_settings
from pp_qa.small_talk import is_about_assistant, is_courtesy, plainly
from pp_qa.types import Reply, Turn

ROOT = Path(__file__).parents[1]
SPOKE = (
    "Kremlin spokesperson Dmitry Peskov insisted that Russia’s position “remains unchanged”."
    " Present: Ivo Stern (host), Rosa Bloom (deputy)."
)


def talk(*texts: str) -> list[Turn]:
    """Questions and replies in turn, a question first."""
    return [Turn("assistant" if n % 2 else "user", text) for n, text in enumerate(texts)]


def standalone(question: str, history: list[Turn]) -> str:
    return understand(question, history).query


def test_a_first_question_stands_alone() -> None:
    """Without an earlier question nothing is added, whatever the assistant said."""
    for question in ("And when?", "What did he say?", "Who met in Miami?"):
        assert standalone(question, []) == question
        assert standalone(question, [Turn("assistant", "Hello!"), Turn("user", " ")]) == question


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("When?", "When? (met Miami)"),
        ("And why?", "And why? (met Miami)"),
        ("Thanks! And why?", "And why? (met Miami)"),
        ("Ok, great. Thank you!! Who else?", "Who else? (met Miami)"),
        ("Who else?", "Who else? (met Miami)"),
        ("Who paid?", "Who paid? (met Miami)"),
        ("how many people?", "how many people? (met Miami)"),
        ("Who says so?", "Who says so? (met Miami)"),
        ("What happened to them?", "What happened to them? (met Miami)"),
        ("What if they lie?", "What if they lie? (met Miami)"),
        ("What role did they play in it?", "What role did they play in it? (met Miami)"),
        (
            "Where did they meet the other envoys?",
            "Where did they meet the other envoys? (met Miami)",
        ),
        ("What was the outcome?", "What was the outcome? (met Miami)"),
        ("How much is that in total?", "How much is that in total? (met Miami)"),
        ("How many of those are free?", "How many of those are free? (met Miami)"),
        ("What happened next?", "What happened next? (met Miami)"),
        ("Could you give me an example?", "Could you give me an example? (met Miami)"),
        ("Can you elaborate?", "Can you elaborate? (met Miami)"),
        ("Reactions in the press", "Reactions in the press (met Miami)"),
    ],
)
def test_what_a_follow_up_leaves_out_stands_after_it(question: str, understood: str) -> None:
    """The words of the question before that it lacks, in brackets."""
    assert standalone(question, talk("Who met in Miami?", "The envoys did.")) == understood


@pytest.mark.parametrize(
    "question",
    [
        "Which shares rose in Frankfurt on Monday?",
        "How many points has the Ukraine plan?",
        "Who is Umerov?",
        "What is a ceasefire?",
        "Why does Turkey think that it can mediate?",
        "When was this article published?",
        "Which capitals want their security protected?",
        "What towns sell their schools?",
        "What documents are there?",
        "Thanks! Which shares rose in Frankfurt on Monday?",
        "WHICH SHARES ROSE IN FRANKFURT ON MONDAY?",
        "In case of fire whom do I call?",
        "In Norway who pays?",
        "At what age may children join?",
        "What is this year's subscription?",
        "When will this summer's fair be?",
        "How do I explain a joke?",
    ],
)
def test_a_new_question_drags_nothing_along(question: str) -> None:
    """What names its own subject is searched for as it stands."""
    assert standalone(question, talk("Who met in Miami?", "The envoys did.")) == question


@pytest.mark.parametrize(
    ("before", "question", "understood"),
    [
        ("How did Russia react?", "What about Turkey?", "How did Turkey react?"),
        ("How did Russia react?", "and the White House?", "How did the White House react?"),
        ("Who met in Miami?", "No, I meant in Alaska.", "Who met in Alaska?"),
        ("Whom did Witkoff meet in Miami?", "and in Turkey?", "Whom did Witkoff meet in Turkey?"),
        ("Whom did Witkoff meet in Miami?", "And Driscoll?", "And Driscoll? (Witkoff meet Miami)"),
        ("how did russia react?", "what about turkey?", "what about turkey? (russia react)"),
        ("How did the Kremlin react?", "And the Pentagon?", "How did the Pentagon react?"),
        ("How did the Kremlin react?", "And Turkey?", "How did Turkey react?"),
        ("How did the Kremlin react?", "Thanks. And Turkey?", "How did Turkey react?"),
        ("How did the Kremlin react?", "Thanks, and Turkey?", "How did Turkey react?"),
        ("How did the Kremlin react?", "ok and Turkey?", "How did Turkey react?"),
        ("How did the Kremlin react?", "So what about Turkey?", "How did Turkey react?"),
        ("How did the Kremlin react?", "And Turkey, please?", "How did Turkey react?"),
        ("What was paid in Norway?", "In Turkey?", "What was paid in Turkey?"),
        ("Where has Ann Lee worked?", "and in Norway?", "and in Norway? (Ann Lee worked)"),
        ("What was the balance in 2021?", "and 2022?", "What was the balance in 2022?"),
        ("What was the balance in 2021?", "and in 2022?", "What was the balance in 2022?"),
        ("What was the balance in April?", "and in 2022?", "and in 2022? (balance April)"),
        ("What was the balance in April?", "and in May?", "What was the balance in May?"),
    ],
)
def test_a_name_takes_the_place_of_another(before: str, question: str, understood: str) -> None:
    """Where it is plain which name is meant to go; else both questions' words are searched for."""
    assert standalone(question, talk(before, "So it is said.")) == understood


@pytest.mark.parametrize(
    ("before", "question", "understood"),
    [
        ("How much is the rent?", "and the deposit?", "How much is the deposit?"),
        ("Who is the club's chair?", "What about the treasurer?", "Who is the treasurer?"),
        (
            "When was the bridge in Wales built?",
            "and the road?",
            "and the road? (bridge Wales built)",
        ),
        ("How much is the rent?", "and deposits?", "and deposits? (rent)"),
        ("How much is the rent in Wales?", "AND THE FEE?", "and the fee? (rent Wales)"),
        ("Who has the second floor?", "and the first floor?", "Who has the first floor?"),
        ("Is a double room free?", "And a single room?", "Is a single room free?"),
        ("What are Tom's tasks?", "And Ann?", "What are Ann's tasks?"),
        ("What does the Team plan cost?", "And the Pro plan?", "What does the Pro plan cost?"),
        (
            "Is the red plan older than the blue plan?",
            "And the green plan?",
            "And the green plan? (red older blue)",
        ),
    ],
)
def test_a_thing_takes_the_place_of_another(before: str, question: str, understood: str) -> None:
    """Where the question before asks of one thing, and of nothing about another, or of one thing of
    the same kind."""
    assert standalone(question, talk(before, "So it is said.")) == understood


@pytest.mark.parametrize(
    ("before", "question", "understood"),
    [
        ("How much is the rent?", "and for the garage?", "How much is the rent for the garage?"),
        ("What is the dose for adults?", "And for teenagers?", "What is the dose for teenagers?"),
        ("May I smoke in the flat?", "And on the balcony?", "May I smoke on the balcony?"),
        ("How much leave is there?", "After 5 years?", "How much leave is there after 5 years?"),
        ("How much leave is there?", "in total?", "How much leave is there in total?"),
        ("How much leave is there?", "And after that?", "And after that? (leave)"),
        (
            "How much leave is there?",
            "And after five years?",
            "How much leave is there after five years?",
        ),
        (
            "How long is the notice during probation?",
            "And after two years?",
            "How long is the notice after two years?",
        ),
        ("What is it made for?", "And for trains?", "And for trains? (made)"),
        ("What do I have to do?", "and to the bank?", "and to the bank?"),
        (
            "Where is it in winter in Rome?",
            "And in summer?",
            "And in summer? (winter Rome)",
        ),
        ("What was paid?", "and in which month?", "and in which month? (paid)"),
    ],
)
def test_a_phrase_is_put_in_anothers_place_or_added(
    before: str, question: str, understood: str
) -> None:
    """Where the question before ends with one of its kind, or has none."""
    assert standalone(question, talk(before, "So it is said.")) == understood


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("And for members?", "How much does it cost for members? (meet Miami)"),
        ("And in winter?", "How much does it cost for guests in winter? (meet Miami)"),
    ],
)
def test_what_was_put_in_brackets_stays_there(question: str, understood: str) -> None:
    """A phrase takes another's place in a follow-up too, which is about what it was about."""
    said = talk("Who met in Miami?", "They.", "How much does it cost for guests?", "A lot.")
    said[2] = replace(said[2], about="How much does it cost for guests? (meet Miami)")
    assert standalone(question, said) == understood


def test_an_exchange_of_names_goes_on() -> None:
    """ "And Germany?" refers to the question as it was understood."""
    said = talk("How did Russia react?", "Coolly.", "What about Turkey?", "Warmly.")
    assert standalone("and Germany?", said) == "How did Germany react?"


@pytest.mark.parametrize(
    ("before", "question", "understood"),
    [
        ("Who speaks for the Kremlin?", "What did he say?", "What did Dmitry Peskov say?"),
        ("Who speaks for the Kremlin?", "What is his view?", "What is Dmitry Peskov’s view?"),
        ("Who says so?", "Who is he?", "Who is Dmitry Peskov?"),
        ("Who is his deputy?", "When did she resign?", "When did Rosa Bloom resign?"),
        ("What did Peskov insist on?", "When did he say so?", "When did Dmitry Peskov say so?"),
        ("What did Lavrov insist on?", "When did he say so?", "When did Lavrov say so?"),
        ("What is Lavrov’s role?", "When did he say so?", "When did Lavrov say so?"),
        ("What is Lavrov’s role?", "WHEN DID HE SAY SO?", "when did Lavrov say so?"),
        ("Did Putin meet him in Alaska?", "Is it true?", "Is it true? (Putin meet Alaska)"),
    ],
)
def test_he_is_who_was_talked_of(before: str, question: str, understood: str) -> None:
    """Whom the question before names; when it asked who, whom the reply names."""
    assert standalone(question, talk(before, SPOKE)) == understood


@pytest.mark.parametrize(
    ("reply", "question", "understood"),
    [
        (
            "Guest: Ivo Stern; chair: Rosa Bloom",
            "When did she leave?",
            "When did Rosa Bloom leave?",
        ),
        ("Rosa Bloom left.", "Who met her in Rome?", "Who met Rosa Bloom in Rome?"),
        ("Rosa Bloom left.", "Did they ask her why?", "Did they ask Rosa Bloom why?"),
        ("Rosa Bloom left.", "Who met her son?", "Who met Rosa Bloom’s son?"),
        ("When Rosa Bloom left, it rained.", "Is she ill?", "Is Rosa Bloom ill?"),
        ("On Monday Rosa Ann Bloom left.", "Is she ill?", "Is Rosa Ann Bloom ill?"),
        ("Will Bloom left.", "Is he ill?", "Is Will Bloom ill?"),
    ],
)
def test_who_was_talked_of_is_put_in_by_name(reply: str, question: str, understood: str) -> None:
    """Without what a sentence begins with, and as owning something only where that follows."""
    assert standalone(question, talk("Who is the chair?", reply)) == understood


@pytest.mark.parametrize(
    ("question", "doubtful"),
    [
        ("And when?", False),
        ("What did they discuss?", False),
        ("What about Turkey?", False),
        ("Who is the director?", True),
        ("When does the library open?", True),
        ("And who is the mayor?", True),
        ("Which issues may members decide as they please?", True),
        ("Opening hours", True),
        ("What if I pay late?", True),
        ("Annual leave?", True),
        ("For members?", True),
        ("But what about Turkey?", False),
    ],
)
def test_what_could_be_a_new_question_is_doubtful(question: str, doubtful: bool) -> None:
    """Only a pronoun before any subject, a question word alone and an exchange tell for sure."""
    meaning = understand(question, talk("Who met in Miami?", "The envoys did."))
    assert meaning.query != question
    assert meaning.doubtful is doubtful
    assert meaning.along == f"Who met in Miami? {question}"


@pytest.mark.parametrize(
    ("question", "leans"),
    [
        ("図書館は何時に開きますか？", False),
        ("متى تفتح المكتبة؟", False),
        ("なぜ？", True),
        ("لماذا؟", True),
        ("почему?", True),
    ],
)
def test_another_script_is_left_alone_unless_it_is_a_word(question: str, leans: bool) -> None:
    """The rules know English words, so a question without a Latin letter has nothing added."""
    said = talk("من التقى في ميامي؟", "المبعوثون.")
    assert (standalone(question, said) != question) is leans


def test_that_before_a_clause_points_nowhere() -> None:
    """ "Who thinks that …" is no question about "that"."""
    question = "Who thinks that Luther wrote the book?"
    assert standalone(question, talk("Who met in Miami?", "They.")) == question


def test_this_section_is_that_of_the_last_quote() -> None:
    """Its heading, where the history has it, stands in brackets, without any of its own."""
    said = [Turn("user", "Who met?"), Turn("assistant", "The envoys.", "Talks (in Miami)")]
    assert standalone("What else does this section say?", said) == (
        "What else does this section say? (Talks in Miami)"
    )
    assert "Talks" not in standalone("What else does this section say?", talk("Who met?", "They."))


def test_what_was_understood_before_counts() -> None:
    """A question before stands for what it was understood to ask, where the history says so."""
    said = [
        Turn("user", "Who is the director?", "Who is the director?"),
        Turn("assistant", "Bert."),
    ]
    said = talk("Who met in Miami?", "The envoys.") + said
    assert understand("Since when?", said).along == "Who is the director? Since when?"


def test_the_subject_is_found_farther_back() -> None:
    """A follow-up to a follow-up is still about what was asked at first."""
    said = talk("What is estate planning?", "It is a will and more.", "Is it expensive?", "Yes.")
    assert standalone("When should one start with it?", said) == (
        "When should one start with it? (estate planning expensive)"
    )


def test_a_subject_is_named_once_and_is_no_number_of_a_reply() -> None:
    """ "Helena’s" is Helena, and the day of her birth, told twice, is not what was asked about."""
    born = "Helena was born on 12 May."
    said = talk("When was Helena born?", born, "Where was Helena’s house?", born)
    assert standalone("And why?", said) == "And why? (Helena born house)"


def test_courtesies_are_no_part_of_a_conversation() -> None:
    """After "thanks!" a follow-up is about what was asked before that."""
    said = talk("Who met in Miami?", "The envoys.", "Thanks, great!", "")
    assert standalone("And when?", said) == "And when? (met Miami)"


def test_after_an_abstention_little_is_taken_along() -> None:
    """What found nothing is gone back to by a pronoun or a bare "why?", not by a full question."""
    said = talk("How do I bake bread?", "")
    assert standalone("What does the plan focus on?", said) == "What does the plan focus on?"
    assert standalone("How long does it take?", said) == "How long does it take? (bake bread)"


@pytest.mark.parametrize(
    ("text", "courtesy"),
    [
        ("thanks!", True),
        ("OK, thank you so much.", True),
        ("Hello there", True),
        ("That’s great!", True),
        ("Hi, how are you?", True),
        ("Thank you very much, that was very helpful!", True),
        ("Thanks for the quick reply!", True),
        ("Oh, I see. That makes sense.", True),
        ("Great answer, thank you", True),
        ("That's it, thanks again", True),
        ("Ah ok, good to know", True),
        ("Thanks, and when?", False),
        ("Good answer to what?", False),
        ("for this reply?", False),
        ("OK corral", False),
        ("Why?", False),
        ("Who is good?", False),
    ],
)
def test_a_courtesy_is_known(text: str, courtesy: bool) -> None:
    """Only what asks nothing at all is one."""
    assert is_courtesy(text) is courtesy


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("What documents are there?", True),
        ("which files do you have", True),
        ("List all documents.", True),
        ("What can I ask?", True),
        ("Who are you?", True),
        ("are you an AI?", True),
        ("What is this about?", True),
        ("Please summarise the handbook in three sentences", True),
        ("Give me a short summary", True),
        ("Draft me a letter to the landlord", True),
        ("Write an email to Tom", True),
        ("Draft budget approved when?", False),
        ("Write-offs in 2023?", False),
        ("Which documents do I need for a visa?", False),
        ("What files were stolen in 2019?", False),
        ("What can I ask the landlord for?", False),
        ("Who wrote the summary?", False),
        ("What is the plan about?", False),
    ],
)
def test_a_question_about_the_assistant_is_known(question: str, about: bool) -> None:
    """On what can be asked and who answers, or for a text that nobody has written."""
    assert is_about_assistant(question) is about


@given(
    st.lists(
        st.sampled_from(
            [
                "Who met in Miami?",
                "And when?",
                "What about Turkey?",
                "what did he say?",
                "",
                "ok",
                SPOKE,
            ]
        ),
        max_size=9,
    ),
    st.sampled_from(["And when?", "What did she say?", "and Europe?", "why?", "Who is Umerov?"]),
)
def test_what_was_understood_means_the_same_when_asked(texts: list[str], question: str) -> None:
    """What was added to a follow-up is not added again when that is asked in its place."""
    said = talk(*texts)
    understood = standalone(question, said)
    if understood.startswith(question):
        assert standalone(understood, said) in (question, understood)


# ── the shipped article ──────────────────────────────────────────────────────

Played = list[tuple[Asked, Reply, bool]]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Played:
    """Each question, its quotes whatever the confidence, and whether they would be shown."""
    index = tmp_path_factory.mktemp("index")
    article = ready(
        load_settings(corpus_dir=ROOT / "docs_corpus", index_dir=index, cache_dir=model_cache)
    )
    return [p for conversation in CONVERSATIONS.values() for p in play(article, conversation)]


def play(article: Assistant, conversation: list[Asked]) -> Played:
    said: list[Turn] = []
    out = []
    for asked in conversation:
        reply = article.ask(asked.question, said, min_confidence=0)
        shown = reply.answered and reply.confidence >= article.threshold
        out.append((asked, reply, shown))
        texts = [c.quote.text for c in reply.citations] if shown and reply.answered else []
        said += [
            Turn("user", asked.question, reply.search_query),
            Turn("assistant", " ".join(texts)),
        ]
    return out


@pytest.mark.model
def test_conversations_about_the_article_are_understood(played: Played) -> None:
    """Ten conversations, question by question, with the quotes that the page remembers."""
    understood = {a.question: reply.search_query for a, reply, _ in played}
    assert understood == {a.question: a.understood or a.question for a, _, _ in played}


@pytest.mark.model
def test_conversations_about_the_article_find_their_quotes(played: Played) -> None:
    """At least nine in ten questions have their answer among the best three quotes, and those that
    the article doesn't answer are refused."""
    found = [
        reply.answered and any(asked.quoted in c.quote.text for c in reply.citations[:3])
        for asked, reply, _ in played
        if asked.quoted
    ]
    assert sum(found) >= 0.9 * len(found)
    assert not [asked.question for asked, _, shown in played if shown and not asked.quoted]


@pytest.mark.parametrize(
    ("question", "plain"),
    [
        ("Hi, could you tell me please how old it is?", "how old it is?"),
        ("Hi, how old is it?", "how old is it?"),
        ("ok thanks, and how old is it?", "and how old is it?"),
        ("Hello what is the fee", "what is the fee"),
        ("Hello. I was wondering whether you could tell me when it closes.", "when it closes."),
        ("I lost a key. Do you happen to know who has one?", "I lost a key. who has one?"),
        ("I’d like to know if dogs may come in", "if dogs may come in"),
        ("What does our house handbook say about gifts?", "What about gifts?"),
        ("what does say about gifts", "what about gifts"),
        ("What is said about gifts?", "What about gifts?"),
        *[
            (asked, asked)
            for asked in (
                "Could you tell me the price?",
                "Fine and how it is paid",
                "Hello, Dolly: who wrote it?",
                "Good and bad news?",
                "What did Ann say about gifts?",
                "What does the report on 2020 say about tax?",
                "What did she want to know when they met?",
                "Why would I want to know who pays?",
                "Does the guide tell how old it is?",
            )
        ],
    ],
)
def test_a_question_is_put_plainly(question: str, plain: str) -> None:
    """Without what only leads to it; who is said to have said something stays."""
    assert plainly(question) == plain
