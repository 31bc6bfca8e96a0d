"""What part of the calendar is asked for, said in plain words: « Heures du conte gratuites pour les 0-2 ans
en Montérégie, du 15 au 21 novembre 2027 »."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

import sqlalchemy as sa

from campaign.agenda.filters import CHOICES, CalendarFilter
from campaign.db import db
from campaign.events.vocabulary import Cost, Format, SpokenLanguage
from campaign.i18n import _
from campaign.territory.grammar import region_with_in, with_a, with_de
from campaign.territory.models import Mrc, Region, Territory
from campaign.web.filters import NBSP, date_range, full_date, long_date


class _Noun(NamedTuple):
    """A type of activity, in the plural."""

    word: str
    is_masculine: bool = False


_ACTIVITIES = _Noun(_("activités"))
_NOUNS: Mapping[str, _Noun] = {
    "heure-du-conte": _Noun(_("heures du conte")),
    "marche": _Noun(_("marches")),
    "portes-ouvertes": _Noun(_("portes ouvertes")),
    "atelier-parent-enfant": _Noun(_("ateliers parent-enfant"), True),
    "conference": _Noun(_("conférences")),
    "exposition": _Noun(_("expositions")),
    "bricolage": _Noun(_("bricolages"), True),
    "lever-de-drapeau": _Noun(_("levers de drapeau"), True),
    "rassemblement": _Noun(_("rassemblements"), True),
    "formation": _Noun(_("formations")),
    "rencontre": _Noun(_("rencontres")),
    "lancement": _Noun(_("lancements"), True),
    "autre": _Noun(_("autres activités")),
}
_COSTS = {
    Cost.FREE: (_("gratuites"), _("gratuits")),
    Cost.PRICE: (_("payantes"), _("payants")),
    Cost.DONATION: (_("à contribution volontaire"),) * 2,
}
"""Of feminine nouns, then of masculine ones."""
_AUDIENCES = {
    "0-2-ans": _("les 0-2 ans"),
    "3-5-ans": _("les 3-5 ans"),
    "parents": _("les parents"),
    "personnel-educateur": _("le personnel éducateur"),
    "famille": _("toute la famille"),
    "elus": _("les personnes élues"),
}
_FORMATS = {
    Format.IN_PERSON: _("sur place"),
    Format.ONLINE: _("en ligne"),
    Format.HYBRID: _("à la fois sur place et en ligne"),
}
_LANGUAGES = {
    SpokenLanguage.FRENCH: _("en français"),
    SpokenLanguage.ENGLISH: _("en anglais"),
    SpokenLanguage.OTHER: _("dans une autre langue"),
}


def describe(asked: CalendarFilter) -> str:
    """The whole filter as one phrase; empty when it asks for nothing. Its codes are known ones."""
    if not asked.arguments:
        return ""
    nouns = [_NOUNS[value] for value in asked.types] or [_ACTIVITIES]
    phrase = " ".join(filter(None, (_either(noun.word for noun in nouns), *_qualities(asked, nouns))))
    told = ", ".join(filter(None, (phrase, *_asides(asked))))
    return told[:1].upper() + told[1:]


def _qualities(asked: CalendarFilter, nouns: Iterable[_Noun]) -> Iterable[str]:
    is_masculine = any(noun.is_masculine for noun in nouns)
    yield _either(_COSTS[Cost(value)][is_masculine] for value in asked.costs)
    yield _either(_FORMATS[Format(value)] for value in asked.formats)
    if asked.is_open:
        yield _("ouverts au public") if is_masculine else _("ouvertes au public")
    if asked.audiences:
        yield _("pour %(people)s", people=_either(_AUDIENCES[value] for value in asked.audiences))
    yield _where(asked)


def _where(asked: CalendarFilter) -> str:
    """« en Montérégie », « dans la MRC La Matanie », « à Hébertville »; all that is asked for, near first."""
    told = []
    if asked.near and (near := _territory(asked.near)):
        told.append(
            _("à %(radius)s ou moins %(of)s", radius=f"{asked.radius}{NBSP}km", of=with_de(near[0], near[1]))
        )
    if asked.municipality and (town := _territory(asked.municipality)):
        told.append(with_a(town[0], town[2]))
    if asked.mrc and (mrc := db.session.get(Mrc, asked.mrc)):
        told.append(_("dans la MRC %(name)s", name=mrc.name) if mrc.kind == "MRC" else with_a(mrc.name))
    if asked.region and (region := db.session.get(Region, asked.region)):
        told.append(region_with_in(region.name))
    return ", ".join(told)


def _territory(geo_code: str) -> tuple[str, str | None, str | None] | None:
    columns = sa.select(Territory.name, Territory.de_form, Territory.a_form)
    found = db.session.execute(columns.where(Territory.geo_code == geo_code)).one_or_none()
    return (found[0], found[1], found[2]) if found else None


def _asides(asked: CalendarFilter) -> Iterable[str]:
    """What is told between commas."""
    if asked.themes:
        yield _("sur le thème %(themes)s", themes=_either(_in_sentence("theme", asked.themes)))
    yield _either(_in_sentence("acces", asked.accessibility))
    yield _either(_LANGUAGES[SpokenLanguage(value)] for value in asked.languages)
    if asked.words:
        yield _("avec les mots « %(words)s »", words=asked.words)
    yield period(asked)


def _in_sentence(word: str, values: Container[str]) -> Iterable[str]:
    """The values of a word of the address, as a sentence writes them, in the order of lists."""
    return (name[:1].lower() + name[1:] for value, name in CHOICES[word].items() if value in values)


def period(asked: CalendarFilter) -> str:
    """« du 15 au 21 novembre 2027 », « le lundi 15 novembre 2027 »; empty when no day is named."""
    if asked.since and asked.until:
        if asked.since == asked.until:
            return _("le %(day)s", day=full_date(asked.since))
        return date_range(asked.since, asked.until)
    if asked.since:
        return _("à partir du %(day)s", day=long_date(asked.since))
    return _("jusqu’au %(day)s", day=long_date(asked.until)) if asked.until else ""


def _either(words: Iterable[str]) -> str:
    """« l’une, l’autre ou la troisième »"""
    *others, last = [*words] or [""]
    return _("%(others)s ou %(last)s", others=", ".join(others), last=last) if others else last
