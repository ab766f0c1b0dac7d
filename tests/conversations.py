"""Ten conversations about the shipped article, as people would have them."""

from __future__ import annotations

from typing import NamedTuple


class Asked(NamedTuple):
    """A question of a conversation: what it is to be understood as (None: as it stands), and words
    of the quote that answers it (None: nothing in the article does)."""

    question: str
    understood: str | None
    quoted: str | None


CONVERSATIONS: dict[str, list[Asked]] = {
    "when, where and who": [
        Asked("Who met in Miami?", None, "Kirill Dmitriev met in Miami"),
        Asked("And when?", "And when? (met Miami)", "between October 24 and 26"),
        Asked("Whom did Witkoff brief there?", None, "Witkoff briefed Rustem Umerov"),
        Asked("What is his role?", "What is Rustem Umerov’s role?", "Secretary of Ukraine’s"),
    ],
    "he said": [
        Asked("Who is the Kremlin spokesperson?", None, "Dmitry Peskov insisted"),
        Asked("What did he say?", "What did Dmitry Peskov say?", "remains unchanged"),
        Asked("And Dmitriev?", "What did Dmitriev say?", "being heard more clearly"),
        Asked("what about the White House?", "What did the White House say?", "stop the killing"),
    ],
    "another country": [
        Asked("How did Russia react?", None, "public tone remains restrained"),
        Asked("What about Turkey?", "How did Turkey react?", "Ankara is positioning itself"),
        Asked("and Europe?", "How did Europe react?", "European capitals"),
        Asked("Which capitals are meant?", None, "Berlin, Paris and Brussels"),
    ],
    "another topic": [
        Asked("Who visited Ukraine unannounced?", None, "Dan Driscoll"),
        Asked(
            "What did they discuss?",
            "What did they discuss? (unannounced visits Ukraine)",
            "drone warfare",
        ),
        Asked("When was this article published?", None, "November 19, 2025"),
        Asked("What does an agreement hinge on?", None, "analysts caution"),
    ],
    "thanks": [
        Asked("What does the plan focus on?", None, "focuses on"),
        Asked("thanks!", None, None),
        Asked("How many points does it have?", "How many points does it have? (Plan focus)", "28"),
        Asked("Where was it drafted?", "Where was it drafted? (Plan focus points)", "Miami"),
    ],
    "a correction": [
        Asked("Who met in Alaska?", None, "President Vladimir Putin"),
        Asked("When was that?", "When was that? (met Alaska)", "in August"),
        Asked("No, I meant in Miami", "When was that? (met Miami)", "between October 24 and 26"),
        Asked("why?", "why? (met Miami)", "four-pillar framework"),
    ],
    "after an abstention": [
        Asked("How do I bake bread?", None, None),
        Asked("ok, and what does Europe want?", None, "durable agreement must protect"),
        Asked("How much does the plan cost?", None, None),
        Asked("Who drafted it?", "Who drafted it? (plan cost)", "drafted"),
    ],
    "a postponed meeting": [
        Asked("Which meeting was postponed?", None, "was postponed"),
        Asked(
            "Where was it to take place?",
            "Where was it to take place? (meeting postponed)",
            "in Turkey was postponed",
        ),
        Asked(
            "With whom?",
            "With whom? (meeting postponed take place)",
            "President Volodymyr Zelensky in Turkey",
        ),
        Asked("Whom did Zelensky talk to there?", None, "Recep Tayyip Erdoğan"),
    ],
    "in lower case": [
        Asked("what is turkey doing?", None, "mediator"),
        Asked("between whom?", "between whom? (Turkey doing)", "Ukraine, Russia and the US"),
        Asked(
            "what else was discussed there?",
            "what else was discussed there? (Turkey doing)",
            "prisoner-of-war exchanges",
        ),
        Asked("who is umerov?", None, "Rustem Umerov, Secretary"),
    ],
    "no follow-up": [
        Asked("Who drafted the plan?", None, "drafted"),
        Asked("What happened in Alaska?", None, "Alaska summit"),
        Asked("Which Pentagon leaders went to Kyiv?", None, "Dan Driscoll"),
        Asked("What do diplomats in Berlin say?", None, "durable agreement must protect"),
    ],
}
