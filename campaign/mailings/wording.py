"""The words of a mailing: its file, what is wrong in it, what a phone cuts, what changed since last year.

Organizers write text, never code: holes of `placeholders`, markup of `markup`, nothing else.

A text is kept in one file: « Objet : … », « Aperçu : … », an empty line, the body.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import partial
from typing import Literal

from campaign.mailings.markup import INLINE, Language, destination, lines_of, to_html, to_text
from campaign.mailings.placeholders import (
    ADDRESSES,
    EXAMPLES,
    HOLE,
    NAMES,
    PLACEHOLDERS,
    MissingValue,
    escape_html,
    fill,
    holes,
    lower_first,
    one_line,
    value_of_hole,
)
from campaign.territory.names import fold
from campaign.web.filters import NBSP

__all__ = [
    "ADDRESSES",
    "EXAMPLES",
    "NAMES",
    "PLACEHOLDERS",
    "InvalidText",
    "Language",
    "MissingValue",
    "Problem",
    "Text",
    "check",
    "diff",
    "escape_html",
    "fill",
    "filled_with",
    "grouped",
    "holes",
    "limits",
    "one_line",
    "parse",
    "serialize",
    "text_of",
    "to_html",
    "to_text",
]

MAX_SUBJECT = 60
MAX_PREHEADER = 90
"""What the list of messages of a common phone shows."""

_BRACES = re.compile(r"\{\{([^{}\n]*)\}\}")


class InvalidText(ValueError):
    """A file that is not a text. Its message is a French sentence."""


@dataclass(frozen=True)
class Problem:
    """What an organizer has to correct, and on which line of the field."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"Ligne{NBSP}{self.line}{NBSP}: {self.message}"


def check(text: str, allowed: Collection[str] = PLACEHOLDERS.keys()) -> list[Problem]:
    """What is wrong in a text: unknown holes, braces left open, links that point nowhere."""
    return [
        Problem(number, message)
        for number, line in enumerate(lines_of(text), start=1)
        for message in (*_hole_faults(line, allowed), *_link_faults(line))
    ]


def _hole_faults(line: str, allowed: Collection[str]) -> Iterator[str]:
    for found in _BRACES.finditer(line):
        name = found[1].strip()
        if name not in allowed and lower_first(name) not in allowed:
            nearest = get_close_matches(fold(name).replace(" ", "_"), allowed, n=1, cutoff=0.5)
            hint = f" Vouliez-vous dire {_quoted(_in_braces(nearest[0]))}?" if nearest else ""
            yield f"{_quoted(_in_braces(_short(name)))} n’existe pas.{hint}"
    rest = _BRACES.sub("", line)
    if "{{" in rest:
        yield f"{_quoted('{{')} n’est pas refermé par {_quoted('}}')}."
    elif "}}" in rest:
        yield f"{_quoted('}}')} n’est pas ouvert par {_quoted('{{')}."


def _link_faults(line: str) -> Iterator[str]:
    for found in INLINE.finditer(line):
        address = found["address"]
        if address is not None and destination(address) is None:
            yield (
                f"{_quoted(_short(address))} ne peut pas servir d’adresse. Écrivez une adresse qui commence "
                f"par {_quoted('https://')}, ou {_quoted(_in_braces('lien'))}."
            )


@dataclass(frozen=True, kw_only=True)
class Text:
    """What a mailing says, its holes not filled."""

    subject: str
    preheader: str
    body: str

    def check(self, allowed: Collection[str] = PLACEHOLDERS.keys()) -> dict[str, list[Problem]]:
        """The problems of each field that has some.

        An address has no place in the subject: mail servers log it, lists of messages show it, and a personal
        link is a key.
        """
        found = {name: check(getattr(self, name), allowed) for name in ("subject", "preheader", "body")}
        for name in ("subject", "preheader"):
            found[name] += [
                Problem(1, f"{_quoted(_in_braces(hole))} se met dans le texte seulement.")
                for hole in sorted(holes(getattr(self, name)) & ADDRESSES)
            ]
        return {name: problems for name, problems in found.items() if problems}

    def holes(self) -> set[str]:
        return holes(self.subject) | holes(self.preheader) | holes(self.body)


_FILE = re.compile(
    r"[ \t]*Objet[ \u00a0]*:(?P<subject>[^\n]*)\n"
    r"[ \t]*Aperçu[ \u00a0]*:(?P<preheader>[^\n]*)"
    r"(?:\n[ \t]*\n(?P<body>.*))?",
    re.DOTALL,
)


def text_of(subject: str, preheader: str, body: str) -> Text:
    """A text as it is kept: one line for subject and preheader, no stray space or control character."""
    return Text(subject=_one(subject), preheader=_one(preheader), body="\n".join(lines_of(body)).strip("\n"))


def _one(field: str) -> str:
    return " ".join(line.strip() for line in lines_of(field)).strip()


def parse(source: str) -> Text:
    """The text of a file. Refuses one that does not begin with « Objet : » and « Aperçu : »."""
    found = _FILE.fullmatch("\n".join(lines_of(source.removeprefix("\ufeff"))))
    if found is None:
        raise InvalidText(
            f"Le texte doit commencer par une ligne {_quoted(f'Objet{NBSP}:')}, une ligne "
            f"{_quoted(f'Aperçu{NBSP}:')}, puis une ligne vide."
        )
    return text_of(found["subject"], found["preheader"], found["body"] or "")


def serialize(text: Text) -> str:
    """The file of a text; `parse` gives the same text back."""
    return f"Objet{NBSP}: {text.subject}\nAperçu{NBSP}: {text.preheader}\n\n{text.body}\n"


def limits(text: Text, values: Mapping[str, str] = EXAMPLES) -> list[str]:
    """What a phone would cut, once the holes are filled (with the examples, or with a real recipient)."""
    warnings = []
    for label, field, most in (
        ("L’objet", text.subject, MAX_SUBJECT),
        ("L’aperçu", text.preheader, MAX_PREHEADER),
    ):
        filled = filled_with(field, values)
        if len(filled) > most:
            warnings.append(
                f"{label} a {len(filled)}{NBSP}caractères. Un téléphone en montre environ {most} et "
                f"couperait {_quoted(filled[most:].strip())}."
            )
    return warnings


def filled_with(field: str, values: Mapping[str, str] = EXAMPLES) -> str:
    """The field with its holes filled; a hole that has no value keeps its name."""
    return HOLE.sub(lambda found: _value_or_name(found[1], values), field)


def _value_or_name(name: str, values: Mapping[str, str]) -> str:
    try:
        return value_of_hole(name, values)
    except MissingValue:
        return name


# --- One letter for several municipalities ---


def grouped(
    text: Text, members: Sequence[Mapping[str, str]], *, language: Language = "fr"
) -> tuple[Text, dict[str, str]]:
    """One text and its values for a person who answers for several municipalities.

    Names are put one after the other (« à Alma et à Saint-Bruno »), other values too when they differ. A line
    that holds `{{lien}}` is repeated for each municipality, which it then names.
    """
    if len(members) == 1:
        return text, dict(members[0])
    values = {name: _together(name, [each[name] for each in members], language) for name in members[0]}
    for number, member in enumerate(members, start=1):
        values |= {f"{name}_{number}": member[name] for name in {*NAMES, "lien"} if name in member}
    lines = [one for line in text.body.split("\n") for one in _per_member(line, len(members))]
    return Text(subject=text.subject, preheader=text.preheader, body="\n".join(lines)), values


def _together(name: str, values: list[str], language: Language) -> str:
    distinct = list(dict.fromkeys(value for value in values if value))
    if name in ADDRESSES or len(distinct) < 2:
        return distinct[0] if distinct else ""
    if name in NAMES or name in ("mrc", "region"):
        joint = "et" if language == "fr" else "and"
        return f"{', '.join(distinct[:-1])} {joint} {distinct[-1]}"
    return " ".join(distinct)


def _per_member(line: str, count: int) -> list[str]:
    if "lien" not in holes(line):
        return [line]
    named = line if holes(line) & NAMES else re.sub(r"\](?=\(\{\{[ \t\u00a0]*lien\b)", " – {{nom}}]", line)
    return [HOLE.sub(partial(_numbered, number), named) for number in range(1, count + 1)]


def _numbered(number: int, found: re.Match[str]) -> str:
    is_own = lower_first(found[1]) in {*NAMES, "lien"}
    return _in_braces(f"{found[1]}_{number}") if is_own else found[0]


# --- What changed ---


Change = tuple[Literal["same", "removed", "added"], str]


def diff(before: str, after: str) -> list[Change]:
    """What changes from one text to the next, lines first, then words inside the lines that changed.

    « same » and « removed » make the text before; « same » and « added » make the text after.
    """
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    changes: list[Change] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "replace":
            changes += _pieces(_words("".join(old[a:b])), _words("".join(new[c:d])))
        else:
            changes += _pieces(old[a:b], new[c:d])
    return _merged(changes)


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|\S+", text)


def _pieces(old: list[str], new: list[str]) -> Iterator[Change]:
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", "".join(old[a:b])
        else:
            yield "removed", "".join(old[a:b])
            yield "added", "".join(new[c:d])


def _merged(changes: list[Change]) -> list[Change]:
    merged: list[Change] = []
    for kind, text in changes:
        if not text:
            continue
        if merged and merged[-1][0] == kind:
            merged[-1] = (kind, merged[-1][1] + text)
        else:
            merged.append((kind, text))
    return merged


# --- Small words ---


def _in_braces(name: str) -> str:
    return f"{{{{{name}}}}}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def _quoted(text: str) -> str:
    return f"«{NBSP}{text}{NBSP}»"
