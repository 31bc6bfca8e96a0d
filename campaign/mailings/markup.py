"""The small safe markup of a mailing’s body, to HTML and to plain text.

    blank line            new paragraph (a single line break stays a line break)
    - first words         a list, one line each
    ## words              a sub-heading
    **words**             bold
    [words](address)      a link: `https://…`, `mailto:…`, or a hole that is an address, `{{lien}}`
    [words](address)      alone on its line: a button

Everything else is shown as typed. Holes are kept: a text is turned once, then filled for each recipient.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape as html_escape
from typing import Literal

from campaign.mailings.placeholders import ADDRESSES, NAME, UNWRITABLE
from campaign.web.filters import NBSP

Language = Literal["fr", "en"]

INLINE = re.compile(
    r"\[(?P<words>[^\[\]\n]{1,300})\]\((?P<address>[^()\n]{1,1000})\)|\*\*(?P<bold>[^*\n]{1,1000})\*\*"
)
_BUTTON = re.compile(r"\[(?P<words>[^\[\]\n]{1,300})\]\((?P<address>[^()\n]{1,1000})\)")
_PLAIN_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s\"'<>{}\\]+", re.IGNORECASE)
_ADDRESS_HOLE = re.compile(r"\{\{[ \t\u00a0]*(?P<name>" + NAME + r"?)(?:_[0-9]{1,3})?[ \t\u00a0]*\}\}")


@dataclass(frozen=True)
class _Block:
    kind: Literal["paragraph", "heading", "list", "button"]
    lines: tuple[str, ...]


_ASIDE = {
    "fr": f"Si le bouton ne s’ouvre pas, copiez cette adresse{NBSP}:",
    "en": "If the button does not open, copy this address:",
}


def to_html(body: str, *, language: Language = "fr") -> str:
    """The content of an HTML letter, holes kept: the markup of `templates/email`, one block per line."""
    return "\n".join(_html_block(block, language) for block in _blocks(body))


def _html_block(block: _Block, language: Language) -> str:
    if block.kind == "button":
        words, address = _button(block.lines[0])
        return (
            '<table role="presentation" class="button"><tr><td>'
            f'<a href="{address}">{words}</a></td></tr></table>'
            f'<p class="small">{_ASIDE[language]}<br><a href="{address}">{address}</a></p>'
        )
    lines = [_html_line(line) for line in block.lines]
    if block.kind == "list":
        return f"<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>"
    tag = "h2" if block.kind == "heading" else "p"
    return f"<{tag}>{'<br>'.join(lines)}</{tag}>"


def _html_line(line: str) -> str:
    def marked(found: re.Match[str]) -> str:
        if found["bold"] is not None:
            return f"<strong>{html_escape(found['bold'])}</strong>"
        address = destination(found["address"])
        if address is None:
            return html_escape(found[0])
        return f'<a href="{html_escape(address)}">{html_escape(found["words"])}</a>'

    return _replaced(line, marked, html_escape)


def _button(line: str) -> tuple[str, str]:
    """The words and the address of a button, escaped for HTML."""
    found = _BUTTON.fullmatch(line)
    address = destination(found["address"]) if found else None
    if found is None or address is None:  # pragma: no cover - `_blocks` makes buttons of these only
        raise ValueError("not a button")
    return html_escape(found["words"]), html_escape(address)


def to_text(body: str, *, language: Language = "fr") -> str:
    """The plain part of the letter, holes kept: the same words, addresses written out."""
    return "\n\n".join(_text_block(block, language) for block in _blocks(body)) + "\n"


def _text_block(block: _Block, language: Language) -> str:
    if block.kind == "button":
        found = _BUTTON.fullmatch(block.lines[0])
        words, address = (found["words"], destination(found["address"])) if found else ("", "")
        colon = "" if words.endswith((".", "!", "?", ":")) else f"{NBSP}:" if language == "fr" else ":"
        return f"{words}{colon}\n{address}"
    lead = "- " if block.kind == "list" else ""
    return "\n".join(f"{lead}{_text_line(line)}" for line in block.lines)


def _text_line(line: str) -> str:
    def plain(found: re.Match[str]) -> str:
        if found["bold"] is not None:
            return str(found["bold"])
        address = destination(found["address"])
        return found[0] if address is None else f"{found['words']} ({address})"

    return _replaced(line, plain, str)


def _replaced(line: str, marked: Callable[[re.Match[str]], str], plain: Callable[[str], str]) -> str:
    """The line with its markup through one function and the words around it through the other."""
    pieces, end = [], 0
    for found in INLINE.finditer(line):
        pieces += [plain(line[end : found.start()]), marked(found)]
        end = found.end()
    return "".join([*pieces, plain(line[end:])])


def _blocks(body: str) -> Iterator[_Block]:
    """The blocks of a body, in order."""
    kind: Literal["paragraph", "list"] = "paragraph"
    gathered: list[str] = []
    for line in [*lines_of(body), ""]:
        own = _own_block(line)
        is_item = line.startswith("- ") and line[2:].strip() != ""
        if gathered and (own or not line or is_item != (kind == "list")):
            yield _Block(kind, tuple(gathered))
            gathered = []
        if own:
            yield own
        elif line:
            kind = "list" if is_item else "paragraph"
            gathered.append(line[2:].strip() if is_item else line)


def _own_block(line: str) -> _Block | None:
    """A heading or a button: a block on a single line."""
    if line.startswith("## ") and line[3:].strip():
        return _Block("heading", (line[3:].strip(),))
    found = _BUTTON.fullmatch(line)
    if found is not None and destination(found["address"]) is not None:
        return _Block("button", (line,))
    return None


def destination(address: str) -> str | None:
    """The address of a link when it is one that may be followed: never a script, never another value."""
    address = address.strip()
    hole = _ADDRESS_HOLE.fullmatch(address)
    if hole is not None:
        return address if hole["name"] in ADDRESSES else None
    return address if _PLAIN_ADDRESS.fullmatch(address) else None


def lines_of(text: str) -> list[str]:
    """The lines as they will be read: ordinary line ends, nothing at their end, no control character."""
    text = UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return [line.rstrip() for line in text.split("\n")]
