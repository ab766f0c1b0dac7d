"""Six conversations over four small made-up documents, each with a change of subject. They were
written before the code that they test was run on them; one mistake that they showed was mended."""

from __future__ import annotations

from typing import NamedTuple

DOCUMENTS = {
    "council.md": """# Minutes of the town council

## Present

Mayor Edith Brandt opened the meeting at seven in the evening. Eleven of the thirteen members came.

## The stone bridge

The repair of the stone bridge costs 15 million euros. The bridge will be closed from May 2024, and
the work takes two years. A wooden footbridge will stand beside it. The council chose the company
Halvorsen because it was the only one that offered to keep the old arches.

## Parking

Parking in the market square stays free on Sundays. From January a ticket costs two euros an hour.
""",
    "library.md": """# The town library

## Opening hours

The library opens at nine in the morning and closes at six in the evening. It is closed on Mondays.

## People

Bert Olsen has been the director of the library since 2015. He studied history in Uppsala. Before
that he ran a bookshop. Six people work in the library.

## Money

The budget of the library is 240,000 euros a year. Half of it is paid by the town.

## The building

The reading room was built in 1897 after a fire had destroyed the old town hall.
""",
    "harbour.md": """# The harbour

## Ferries

The ferry to Skarholm leaves twice a day, at eight and at four. The crossing takes forty minutes.
A ticket for the ferry costs twelve euros, and children travel free.

## The storm

The storm of 2019 broke the northern pier. It was rebuilt in concrete within a year, and the state
paid for it.

## Staff

Ingrid Moe is the harbour master. She was a captain on the coastal route for twenty years.
""",
    "festival.md": """# The summer festival

## Music

The festival takes place in the second week of August. The fiddler Anna Lund opened it last year.

## Visitors

About nine thousand visitors came, most of them from Denmark and Germany.

## Cancellation

The festival of 2020 was cancelled because of the epidemic. All tickets were paid back.
""",
}


class Asked(NamedTuple):
    """A question, words of the quote that answers it (None: nothing does), and whether it leans on
    what was said before."""

    question: str
    quoted: str | None
    leans: bool = False


CONVERSATIONS: dict[str, list[Asked]] = {
    "from the bridge to the library": [
        Asked("What does the bridge repair cost?", "15 million euros"),
        Asked("How long does it take?", "takes two years", True),
        Asked("When does the library open?", "opens at nine"),
        Asked("And on Mondays?", "closed on Mondays", True),
        Asked("Who is the mayor?", "Edith Brandt"),
    ],
    "from a person to money": [
        Asked("What is Bert Olsen’s role?", "director of the library"),
        Asked("What did he study?", "studied history", True),
        Asked("What is the budget of the library?", "240,000 euros"),
        Asked("Who pays it?", "paid by the town", True),
        Asked("How many visitors came to the festival?", "nine thousand"),
        Asked("From where?", "Denmark and Germany", True),
    ],
    "from the ferry to the storm": [
        Asked("When does the ferry to Skarholm leave?", "twice a day"),
        Asked("What does a ticket cost?", "twelve euros", True),
        Asked("Who is the harbour master?", "Ingrid Moe"),
        Asked("What did she do before?", "captain on the coastal route", True),
        Asked("Which pier was broken?", "northern pier"),
        Asked("When was it rebuilt?", "within a year", True),
    ],
    "from music to the council": [
        Asked("When does the festival take place?", "second week of August"),
        Asked("Who opened it last year?", "Anna Lund", True),
        Asked("Why was the company Halvorsen chosen?", "the only one that offered"),
        Asked("Who is the director?", "Bert Olsen"),
        Asked("What about the harbour master?", "Ingrid Moe", True),
    ],
    "to what nobody says and back": [
        Asked("Why was the festival cancelled?", "because of the epidemic"),
        Asked("Were the tickets paid back?", "paid back"),
        Asked("What is the boiling point of lead?", None),
        Asked("When was the reading room built?", "built in 1897"),
        Asked("Why?", "a fire had destroyed", True),
    ],
    "in lower case": [
        Asked("how long is the crossing to skarholm?", "forty minutes"),
        Asked("and the price?", "twelve euros", True),
        Asked("is parking free on sundays?", "free on Sundays"),
        Asked("what is closed on mondays?", "closed on Mondays"),
        Asked("how many people work there?", "Six people work", True),
    ],
}
