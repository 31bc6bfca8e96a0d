"""Numbers of rows, in addresses and in forms: none is bigger than what a database stores.

A bigger one names nothing. Asked of SQLite it would be an error of ours, not an unknown page.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask
from werkzeug.routing import IntegerConverter, ValidationError

BIGGEST = 2**31 - 1
LONGEST = len(str(BIGGEST))


class RowNumber(IntegerConverter):
    """`<int:…>` in an address."""

    def to_python(self, value: str) -> int:
        number: int = super().to_python(value)
        if number > BIGGEST:
            raise ValidationError
        return number


def read_numbers(typed: Iterable[str]) -> list[int]:
    """Those of a form's boxes; what is no number of a row is dropped."""
    numbers = [int(each) for each in typed if len(each) <= LONGEST and each.isascii() and each.isdecimal()]
    return [number for number in numbers if number <= BIGGEST]


def init_app(app: Flask) -> None:
    """Before any room declares its addresses."""
    app.url_map.converters["int"] = RowNumber
