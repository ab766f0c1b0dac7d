"""What is wrong with what a program sent, in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_NO_OBJECT = ("model_attributes_type", "model_type")


def in_words(errors: Iterable[Mapping[str, Any]], within: int = 0) -> str:
    """Each of pydantic's errors with its place, of which the first `within` parts go without
    saying."""
    return "; ".join(_told(error, within) for error in errors)


def _told(error: Mapping[str, Any], within: int) -> str:
    if error["type"] == "json_invalid":
        why, at = error["ctx"]["error"], error["loc"][-1]
        return f"the body is no JSON at character {at} ({why}); send a JSON object"
    place = ".".join(str(part) for part in error["loc"][within:]) or "body"
    # Pydantic tells how it makes a value of an object, which is nothing to who sends one.
    why = "Input should be an object" if error["type"] in _NO_OBJECT else error["msg"]
    return " ".join(f"{place}: {why}".split())
