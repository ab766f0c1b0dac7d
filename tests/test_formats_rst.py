"""reStructuredText: what its reader sees, whatever docutils thinks of the source."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ODD
from test_assistant import make_assistant
from test_loading import check_structure, headings, kinds, leads, load, load_or_refuse

from pp_qa.loading.rst import parse_rst
from pp_qa.types import Document

HANDBOOK = """
.. _top:

==============
Pump handbook
==============

:Author: Ada
:Version: 3.1

A pump reads :file:`pump.toml` from the *working* folder, see :ref:`the options <options>`
and :py:meth:`~pump.Server.run` [1]_. It is |short|.

.. |short| replace:: short
.. toctree::
   :maxdepth: 2

   one

Options
=======

The following can be set:

- port, the port
  to listen on

  1. one
  2. two
- timeout

.. note:: Keys are case-sensitive.

.. versionadded:: 3.2
   The *timeout* key.

Run it
~~~~~~

.. code-block:: shell
   :linenos:

   pump --port 1
     more

term
   A definition.

.. [1] The note.
"""


def page(source: str) -> Document:
    return load(source.encode(), "a.rst")


def test_a_handbook_is_read_as_it_is_shown() -> None:
    """Roles, directives and substitutions are resolved, lists tied to their introduction."""
    document = page(HANDBOOK)
    assert document.title == "Pump handbook"
    assert document.text == (
        "Pump handbook\n\nAuthor: Ada\nVersion: 3.1\n\n"
        "A pump reads pump.toml from the working folder, see the options and run. It is short.\n\n"
        "Options\n\nThe following can be set:\n\n- port, the port to listen on\n  1. one\n  2. two\n"
        "- timeout\n\nNote: Keys are case-sensitive.\n\nNew in version 3.2: The timeout key.\n\n"
        "Run it\n\npump --port 1\n  more\n\nterm\nA definition.\n\nThe note."
    )
    assert headings(document) == [
        ("Pump handbook",),
        ("Pump handbook", "Options"),
        ("Pump handbook", "Options", "Run it"),
    ]
    assert leads(document) == [
        ("Author: Ada", None),
        ("Version: 3.1", None),
        ("- port, the port to listen on", "The following can be set:"),
        ("1. one", "The following can be set:"),
        ("2. two", "The following can be set:"),
        ("- timeout", "The following can be set:"),
        ("pump --port 1\n  more", "Run it"),
        ("A definition.", "term"),
    ]
    check_structure(document)


TABLES = {
    "simple": (
        "==== =====\nA    B\n==== =====\n1    2\n3    4\n==== =====",
        "A: 1; B: 2\nA: 3; B: 4",
    ),
    "grid": (
        "+---+---+\n| A | B |\n+===+===+\n| 1 | 2 |\n|   +---+\n|   | 3 |\n+---+---+",
        "A: 1; B: 2\nA: 1; B: 3",
    ),
    "list": (
        ".. list-table:: Defaults\n   :header-rows: 1\n\n   * - Option\n     - Value\n   * - port\n     - 80",
        "Defaults\n\nOption: port; Value: 80",
    ),
    "csv": ('.. csv-table::\n   :header: A, B\n\n   1, "2"', "A: 1; B: 2"),
}


@pytest.mark.parametrize(("source", "expected"), TABLES.values(), ids=TABLES)
def test_rows_carry_their_header(source: str, expected: str) -> None:
    """Each row of a table is a line with the names of its columns."""
    assert page(source).text == expected


def test_nothing_else_is_opened(capfd: pytest.CaptureFixture[str]) -> None:
    """Files that a source includes are not read, and nothing is said on the terminal."""
    source = (
        ".. include:: /etc/hostname\n.. raw:: html\n   :file: /etc/hostname\n.. csv-table::\n"
        "   :file: x\n"
    )
    assert page(f"{source}\nTitle\n=\n\nText :nope:`stays` *here.").text.endswith("here.")
    assert page(source).text == ""
    assert capfd.readouterr() == ("", "")


def test_raw_parts_are_read_as_a_page_shows_them() -> None:
    """Of what is raw, HTML is shown to the reader of a page, and nothing else."""
    source = (
        "One.\n\n.. raw:: html\n\n   <p>Two <b>raw</b> words.</p>\n\n.. raw:: latex\n\n   \\x\n"
    )
    assert page(source).text == "One.\n\nTwo raw words."


def test_mistakes_are_no_obstacle() -> None:
    """A source with errors is read all the same."""
    document = page(
        "Title\n=====\n\nText `open and *open.\n\n.. nothing-known:: about\n   :opt: 1\n\n   Inside.\n"
    )
    assert kinds(document)[0][1] == "Title"
    assert "about" in document.text
    assert document.text.endswith("Inside.")
    wrong = page("Text.\n\n.. figure:: a.png\n   :nonsense: 1\n\n   What it shows.\n")
    assert "What it shows." in wrong.text


def test_a_source_is_asked_through_the_pipeline() -> None:
    """A question is answered with the sentence as it is shown, under its headings."""
    reply = make_assistant(page(HANDBOOK)).ask("Are the keys case-sensitive?", min_confidence=0)
    assert reply.answered
    assert reply.citations[0].quote.text == "Note: Keys are case-sensitive."
    assert reply.citations[0].heading_path == ("Pump handbook", "Options")


@pytest.mark.parametrize(
    "source", ["> " * 50 + "x", "".join(" " * i + f"- x{i}\n\n" for i in range(300)), "x" * 100_000]
)
def test_deep_or_long_sources_are_read_or_refused(source: str) -> None:
    """Nesting that goes too deep is refused in words, and long lines are no obstacle."""
    if document := load_or_refuse(source.encode(), "a.rst"):
        check_structure(document)


PARTS = [
    *("Title\n=====\n", "Sub\n---\n", "- item\n", "1. one\n", "  indented\n", "term\n   told\n"),
    *(".. note:: x\n", ".. unknown:: y\n   :a: b\n\n   z\n", ":role:`text`", "`open", "*", "|sub|"),
    *(
        "::\n\n  code\n",
        "| line\n",
        ":field: body\n",
        "==== ==\na    b\n==== ==\n1    2\n==== ==\n",
    ),
    *("text_", "[1]_", ".. [1] note\n", ".. image:: x\n   :alt: a b c d\n", "\n\n", "> quote\n"),
    *(
        "-o FILE  told\n",
        ".. include:: x\n",
        ".. raw:: html\n\n   x\n",
        ".. contents::\n",
        ".. math:: x\n",
    ),
]


@given(st.lists(st.one_of(st.sampled_from(PARTS), st.sampled_from(ODD)), max_size=20).map("".join))
def test_any_source_gets_a_sound_structure(source: str) -> None:
    """Whatever is written, blocks lie apart and in order, and the sections tile the text."""
    if document := load_or_refuse(source.encode(), "a.rst"):
        check_structure(document)


def test_damaged_sources_raise_nothing_but_load_errors() -> None:
    """Cut and mutated bytes are read as far as they go, or refused."""
    drawn = random.Random(3)
    for _ in range(40):
        damaged = bytearray(HANDBOOK.encode())
        for _ in range(drawn.randint(1, 20)):
            damaged[drawn.randrange(len(damaged))] = drawn.randrange(256)
        if document := load_or_refuse(bytes(damaged[: drawn.randrange(len(damaged))]), "a.rst"):
            check_structure(document)


def test_the_title_may_be_missing() -> None:
    """A source without a heading names itself nowhere."""
    assert parse_rst("Only text.").title == ""
