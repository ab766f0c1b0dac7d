"""Exchanges ↔ JSON, exactly: what was answered is what is read back, whatever fields it has.

A field that a newer version adds has its default when an older one left it out; one that this
version doesn't know is ignored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pp_qa.interfaces.web.exchanges import Exchange
from pp_qa.types import Abstention, Answer

_NOT_STORED = ("panes",)
"""Markup is made anew: it belongs to the version that made it."""


def dumps(exchange: Exchange) -> str:
    """An exchange as ASCII, which any database keeps as it is."""
    return json.dumps(_plain(exchange))


def loads(text: str) -> Exchange:
    """Raises ValueError when it is no exchange."""
    try:
        found = _built(Exchange, json.loads(text))
    except (TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ValueError(f"no exchange: {error!r}") from error
    assert isinstance(found, Exchange)
    return found


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        names = (f.name for f in fields(value) if f.init and f.name not in _NOT_STORED)
        kind = {"type": type(value).__name__} if isinstance(value, Answer | Abstention) else {}
        return kind | {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple | list | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return [[_plain(k), _plain(v)] for k, v in value.items()]
    return value


def _built(kind: Any, value: Any) -> Any:
    """A value of a type from what `_plain` made of it."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _built(_choice(arguments, value), value)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        known = {f.name for f in fields(kind) if f.init} - set(_NOT_STORED)
        given = {k: _built(hints[k], v) for k, v in value.items() if k in known}
        return kind(**given)  # type: ignore[operator]
    if origin is tuple and arguments[-1] is Ellipsis:
        return tuple(_built(arguments[0], item) for item in value)
    if origin is tuple:
        return tuple(_built(k, item) for k, item in zip(arguments, value, strict=True))
    if origin in (set, frozenset, list):
        return origin(_built(arguments[0], item) for item in value)
    if origin is not None and origin is not Literal and issubclass(origin, Mapping):
        return {_built(arguments[0], k): _built(arguments[1], v) for k, v in value}
    return _checked(kind, value)


def _choice(kinds: tuple[Any, ...], value: Any) -> Any:
    """Which of a union's types a value is of."""
    if value is None:
        return NoneType
    rest = [kind for kind in kinds if kind is not NoneType]
    if isinstance(value, Mapping):
        return next((k for k in rest if k.__name__ == value.get("type")), rest[0])
    return rest[0]


def _checked(kind: Any, value: Any) -> Any:
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ValueError(f"{value!r} is none of {get_args(kind)}")
    elif kind is float and isinstance(value, int):
        return float(value)
    elif isinstance(kind, type) and not isinstance(value, kind):
        raise ValueError(f"{value!r} is no {kind.__name__}")
    return value
