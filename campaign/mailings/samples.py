"""Which real records show a letter: awkward names first, then what differs from one reader to the next.

A sample never opens anything: its personal link and its way out are addresses that nobody was given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from campaign import clock
from campaign.mailings.audiences import Case, Ceremony, Place
from campaign.mailings.letters import Composed, Desk, Shown, Words, personal_values
from campaign.mailings.plan import Line
from campaign.outbox.rendering import public_link
from campaign.territory import grammar
from campaign.territory.models import TerritoryKind
from campaign.web.filters import NBSP

MOST = 14
ENOUGH = 10
"""As many as are shown, when there are that many, even if nothing is awkward about the last ones."""

INERT = "apercu"
"""Stands where a secret would: too short to be one."""

Letter = tuple[Case, ...]
"""The municipalities of one letter."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A real record that shows a letter."""

    key: str
    label: str
    """Why this one, in words."""
    cases: Letter
    variant: str = ""
    """The one that this record would get."""

    @property
    def reader(self) -> Case:
        return self.cases[0]

    @property
    def name(self) -> str:
        """« Saint-Sébastien (Le Haut-Richelieu) », « Alma et 2 autres », or the person."""
        places = [case.place for case in self.cases if case.place]
        if not places:
            return self.reader.name or self.reader.email or "Sans nom"
        first = places[0]
        if len(places) > 1:
            others = len(places) - 1
            return f"{first.name} et {others}{NBSP}autre{'s' if others > 1 else ''}"
        return f"{first.name} ({first.mrc_name})" if first.mrc_name else first.name


@dataclass(frozen=True)
class _Kind:
    key: str
    label: str
    suits: Callable[[Letter], bool]


def pick(lines: Sequence[Line], cases: Sequence[Case], *, past: Mapping[int, Ceremony]) -> list[Sample]:
    """Up to fourteen records, each for its own reason; those who would get the letter come first.

    `lines` is the plan of the mailing, `cases` all that it considers, `past` last year's ceremonies.
    """
    letters = [(line.included, line.variant) for line in lines if line.included]
    known = {_identity(case) for letter, _ in letters for case in letter}
    letters += [((case,), "") for case in cases if _identity(case) not in known]
    return list(_picked(letters, _kinds([letter for letter, _ in letters], past)))[:MOST]


def _picked(letters: list[tuple[Letter, str]], kinds: Sequence[_Kind]) -> Iterator[Sample]:
    used: set[int] = set()
    for kind in kinds:
        index = next(
            (n for n, (letter, _) in enumerate(letters) if n not in used and kind.suits(letter)), None
        )
        if index is not None:
            used.add(index)
            letter, variant = letters[index]
            yield Sample(key=kind.key, label=kind.label, cases=letter, variant=variant)
    others = [each for n, each in enumerate(letters) if n not in used][: max(0, ENOUGH - len(used))]
    for number, (letter, variant) in enumerate(others, start=1):
        yield Sample(key=f"autre-{number}", label="Une autre fiche", cases=letter, variant=variant)


def _identity(case: Case) -> tuple[str, str]:
    return case.email, case.place.geo_code if case.place else ""


def _kinds(letters: Sequence[Letter], past: Mapping[int, Ceremony]) -> list[_Kind]:
    """What is awkward, the rarest first: a record shows once, and the common ones find another."""
    places = [letter[0].place for letter in letters if len(letter) == 1 and letter[0].place]
    pair = next(_homonyms(places), "")
    longest = max((len(place.name) for place in places), default=0)

    def alone(test: Callable[[Place], bool]) -> Callable[[Letter], bool]:
        return lambda letter: len(letter) == 1 and letter[0].place is not None and test(letter[0].place)

    def returns_with_ceremony(letter: Letter) -> bool:
        place = letter[0].place
        return len(letter) == 1 and letter[0].is_returning and place is not None and place.id in past

    return [
        _Kind("ha-ha", "Un nom avec des points d’exclamation", alone(lambda place: "!" in place.name)),
        _Kind("aux", "Un nom en « Les », qui donne « aux »", alone(_takes_aux)),
        _Kind(
            "la", "Un nom en « La », qui garde « à La »", alone(lambda place: place.name.startswith("La "))
        ),
        _Kind("homonyme", "Un nom que deux municipalités portent", alone(lambda place: place.name == pair)),
        _Kind("son-homonyme", "L’autre municipalité du même nom", alone(lambda place: place.name == pair)),
        _Kind("atlantique", "À l’heure de l’Atlantique", alone(_is_atlantic)),
        _Kind("canton", "Un canton", alone(lambda place: place.designation_name.startswith("Canton"))),
        _Kind("long", "Le nom le plus long", alone(lambda place: len(place.name) == longest)),
        _Kind("ceremonie-passee", "De retour, avec sa cérémonie de l’an dernier", returns_with_ceremony),
        _Kind("groupe", "Une adresse pour plusieurs municipalités", lambda letter: len(letter) > 1),
        _Kind("prenom", "Une personne dont on a le prénom", lambda letter: letter[0].first_name != ""),
        _Kind("voyelle", "Un nom qui donne « d’ »", alone(_elides)),
        _Kind("ville", "Une ville", alone(lambda place: place.designation_name == "Ville")),
        _Kind("communaute", "Une communauté", alone(lambda place: place.kind is TerritoryKind.COMMUNITY)),
    ]


def _homonyms(places: Sequence[Place]) -> Iterator[str]:
    """Names that are told apart by their MRC."""
    mrcs: dict[str, list[str | None]] = {}
    for place in places:
        mrcs.setdefault(place.name, []).append(place.mrc_code)
    return (name for name, codes in mrcs.items() if len(codes) > 1 and len(set(codes)) == len(codes))


def _takes_aux(place: Place) -> bool:
    return grammar.with_a(place.name, place.a_form).startswith("aux ")


def _elides(place: Place) -> bool:
    return grammar.with_de(place.name, place.de_form).startswith("d’")


def _is_atlantic(place: Place) -> bool:
    return place.time_zone != clock.EASTERN


def show(desk: Desk, words: Words, sample: Sample, *, past: Mapping[int, Ceremony]) -> Shown:
    """The letter of that record, as it would be read; nothing is issued and nothing is kept."""
    return desk.show(words, _members(sample, past), sample.reader, _way_out())


def compose(desk: Desk, words: Words, sample: Sample, *, past: Mapping[int, Ceremony]) -> Composed:
    """The same letter to queue for somebody of the team: its links open nothing either."""
    return desk.compose(words, _members(sample, past), sample.reader, _way_out())


def _members(sample: Sample, past: Mapping[int, Ceremony]) -> list[dict[str, str]]:
    link = public_link("participations.personal", token=INERT)
    return [
        personal_values(case, link=link, past=past.get(case.place.id) if case.place else None)
        for case in sample.cases
    ]


def _way_out() -> str:
    return public_link("unsubscribe.show", token=INERT)


MADE_UP = Sample(
    key="invente",
    label="Une personne inventée",
    cases=(Case(email="personne@exemple.quebec", first_name="Manon", name="Manon Tremblay"),),
)
"""Shows a letter that nobody would get today: a list still empty."""

_DARK = re.compile(r"@media[^{]*\(\s*prefers-color-scheme\s*:\s*dark\s*\)")


def in_mode(html: str, *, is_dark: bool) -> str:
    """The letter as a mail reader of that mode draws it, whatever the mode of the person who looks."""
    return _DARK.sub("@media all" if is_dark else "@media not all", html)


def cut(line: str, most: int) -> str:
    """A line as a phone's list of messages shows it."""
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
