"""Words shared by many messages: holes such as `{{nom}}`, filled with plain text.

No template engine: nothing is computed, a value is never read as a stencil again, and filling takes a time
that grows with the length of what comes out.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

HOLE = re.compile(r"\{\{([a-z][a-z0-9_]*)\}\}")


def holes(*patterns: str) -> set[str]:
    """The names of the holes in these words."""
    return {name for pattern in patterns for name in _pieces(pattern)[1::2]}


def fill(pattern: str, values: Mapping[str, str]) -> str:
    """The text with its holes filled; KeyError when a value is missing."""
    return _filled(pattern, values, str)


def fill_html(pattern: str, values: Mapping[str, str]) -> str:
    """The HTML with its holes filled, each value escaped for an element or an attribute between quotes."""
    return _filled(pattern, values, html.escape)


def _filled(pattern: str, values: Mapping[str, str], shown: Callable[[str], str]) -> str:
    pieces = _pieces(pattern)
    if len(pieces) == 1:
        return pattern
    once = {name: shown(values[name]) for name in set(pieces[1::2])}
    filled = list(pieces)
    filled[1::2] = [once[name] for name in pieces[1::2]]
    return "".join(filled)


@lru_cache(maxsize=32)
def _pieces(pattern: str) -> tuple[str, ...]:
    """Words, hole, words, hole, … words."""
    return tuple(HOLE.split(pattern))
