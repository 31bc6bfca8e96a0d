"""The columns of a file of activities: what each is called, what it takes, and how headers are recognized."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from campaign.events.models import Opening
from campaign.events.vocabulary import (
    ACCESSIBILITY,
    AUDIENCES,
    COSTS,
    FORMATS,
    LANGUAGES,
    ORGANIZER_KINDS,
    THEMES,
    TYPES,
    Audience,
    Cost,
    Format,
)
from campaign.territory.names import search_words

OPENINGS = {
    Opening.PUBLIC: "Public",
    Opening.RESERVED: "Réservé à notre clientèle",
    Opening.INVITATION: "Sur invitation",
}
YES_OR_NO = {"oui": "Oui", "non": "Non"}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of the template."""

    name: str
    label: str
    example: str = ""
    synonyms: tuple[str, ...] = ()
    is_needed: bool = False
    longest: int = 200
    words: Mapping[str, str] | None = None
    """The accepted values: how addresses write each, and its French words."""
    takes_several: bool = False


COLUMNS = (
    Column(
        name="reference",
        label="Référence",
        example="A-001",
        synonyms=("ref", "no", "numero", "identifiant", "id", "code"),
        longest=120,
    ),
    Column(
        name="title",
        label="Titre",
        example="Heure du conte en pyjama",
        synonyms=("titre de l activite", "activite", "nom de l activite", "evenement", "nom"),
        is_needed=True,
        longest=80,
    ),
    Column(
        name="type",
        label="Type",
        example="Heure du conte",
        synonyms=("type d activite", "categorie"),
        words=TYPES,
    ),
    Column(
        name="description",
        label="Description",
        example="Des histoires douces avant la nuit.",
        synonyms=("resume", "details", "texte"),
        is_needed=True,
        longest=600,
    ),
    Column(
        name="organizer",
        label="Organisme",
        example="Bibliothèque municipale",
        synonyms=("organisateur", "organisatrice", "organisation", "organise par", "nom de l organisme"),
        is_needed=True,
    ),
    Column(
        name="organizer_kind",
        label="Type d’organisme",
        example="Bibliothèque",
        synonyms=("genre d organisme", "milieu"),
        words={kind.value: word for kind, word in ORGANIZER_KINDS.items()},
    ),
    Column(
        name="dates",
        label="Date",
        example="15 novembre 2027",
        synonyms=("dates", "jour", "jours", "date de debut", "date debut", "quand"),
        is_needed=True,
        longest=1000,
    ),
    Column(
        name="starts",
        label="Début",
        example="18 h 30",
        synonyms=("heure", "heures", "heure de debut", "heure debut", "debute a", "horaire"),
    ),
    Column(name="ends", label="Fin", example="19 h 30", synonyms=("heure de fin", "heure fin", "termine a")),
    Column(
        name="last_day",
        label="Dernier jour",
        synonyms=("date de fin", "date fin", "jusqu au"),
    ),
    Column(
        name="format",
        label="Format",
        example="Sur place",
        synonyms=("mode", "formule"),
        words={each.value: word for each, word in FORMATS.items()},
    ),
    Column(
        name="place",
        label="Lieu",
        example="Bibliothèque, section des petits",
        synonyms=("endroit", "adresse", "lieu de l activite", "salle"),
        longest=300,
    ),
    Column(
        name="municipality",
        label="Municipalité",
        example="Hébertville",
        synonyms=("ville", "code geographique", "geo code", "code municipal", "municipalite ou code"),
    ),
    Column(name="region", label="Région", synonyms=("region administrative", "code de region")),
    Column(
        name="online_url",
        label="Lien en ligne",
        synonyms=("lien", "lien de connexion", "url", "zoom", "teams"),
        longest=500,
    ),
    Column(
        name="audiences",
        label="Public visé",
        example="3-5 ans; Parents",
        synonyms=("public", "clientele", "age", "ages", "pour qui"),
        is_needed=True,
        words={each.value: word for each, word in AUDIENCES.items()},
        takes_several=True,
    ),
    Column(
        name="themes",
        label="Thèmes",
        example="Lecture et contes",
        synonyms=("theme", "sujet", "sujets"),
        words={each.value: word for each, word in THEMES.items()},
        takes_several=True,
    ),
    Column(
        name="cost",
        label="Coût",
        example="Gratuit",
        synonyms=("cout de l activite", "tarif", "gratuit ou payant"),
        words={each.value: word for each, word in COSTS.items()},
    ),
    Column(name="price", label="Montant", synonyms=("prix", "montant demande"), longest=120),
    Column(
        name="registration",
        label="Inscription",
        synonyms=("inscription requise", "comment s inscrire", "reservation"),
        longest=300,
    ),
    Column(
        name="max_participants",
        label="Places",
        synonyms=("nombre de places", "maximum", "capacite", "participants"),
    ),
    Column(
        name="opening",
        label="Ouverture",
        example="Public",
        synonyms=("ouvert a", "acces", "public ou reserve"),
        words={each.value: word for each, word in OPENINGS.items()},
    ),
    Column(
        name="accessibility",
        label="Accessibilité",
        synonyms=("accessible", "acces universel"),
        words={each.value: word for each, word in ACCESSIBILITY.items()},
        takes_several=True,
    ),
    Column(
        name="languages",
        label="Langue",
        synonyms=("langues",),
        words={each.value: word for each, word in LANGUAGES.items()},
        takes_several=True,
    ),
    Column(
        name="rain_plan",
        label="En cas de pluie",
        synonyms=("plan b", "si mauvais temps", "pluie"),
        longest=300,
    ),
    Column(name="hashtags", label="Mots-clics", synonyms=("mot clic", "hashtag", "hashtags")),
    Column(
        name="contact_name",
        label="Personne-ressource",
        synonyms=("contact", "responsable", "nom du contact"),
        longest=160,
    ),
    Column(
        name="contact_email",
        label="Courriel",
        example="activites@exemple.quebec",
        synonyms=("email", "e mail", "adresse courriel", "courriel du contact", "mail"),
        is_needed=True,
        longest=254,
    ),
    Column(name="contact_phone", label="Téléphone", synonyms=("tel", "telephone du contact")),
    Column(
        name="is_contact_public",
        label="Coordonnées publiques",
        synonyms=("contact public", "afficher les coordonnees"),
        words=YES_OR_NO,
    ),
)
BY_NAME = {column.name: column for column in COLUMNS}
DATE_COLUMNS = frozenset({"dates", "starts", "ends", "last_day"})
"""What differs from one row to the next of an activity that has several dates."""

_SYNONYMS_OF_VALUES: Mapping[str, Mapping[str, tuple[StrEnum, ...]]] = {
    "audiences": {
        "0 5 ans": (Audience.BABIES, Audience.TODDLERS),
        "0 a 5 ans": (Audience.BABIES, Audience.TODDLERS),
        "tout petits": (Audience.BABIES, Audience.TODDLERS),
        "0 a 2 ans": (Audience.BABIES,),
        "bebes": (Audience.BABIES,),
        "3 a 5 ans": (Audience.TODDLERS,),
        "famille": (Audience.FAMILIES,),
        "familles": (Audience.FAMILIES,),
        "educatrices": (Audience.EDUCATORS,),
        "elus": (Audience.ELECTED,),
    },
    "cost": {"0": (Cost.FREE,), "aucun": (Cost.FREE,), "non": (Cost.FREE,), "contribution": (Cost.DONATION,)},
    "format": {"virtuel": (Format.ONLINE,), "presentiel": (Format.IN_PERSON,), "hybride": (Format.HYBRID,)},
    "opening": {"prive": (Opening.RESERVED,), "reserve": (Opening.RESERVED,)},
}


def guess(header: Sequence[str]) -> dict[str, int]:
    """For each field, the position of the column that seems to hold it."""
    words = [search_words(re.sub(r"\(.*?\)|\*", "", name)) for name in header]
    taken: dict[str, int] = {}
    for is_exact in (True, False):
        for column in COLUMNS:
            names = {search_words(column.label)} if is_exact else set(column.synonyms)
            found = next(
                (at for at, name in enumerate(words) if name in names and at not in taken.values()), None
            )
            if found is not None and column.name not in taken:
                taken[column.name] = found
    return taken


def _value_words(column: Column) -> dict[str, tuple[str, ...]]:
    words = {search_words(word): (value,) for value, word in (column.words or {}).items()}
    words |= {search_words(value): (value,) for value in column.words or {}}
    known = _SYNONYMS_OF_VALUES.get(column.name, {})
    return words | {word: tuple(value.value for value in values) for word, values in known.items()}


_WORDS = {column.name: _value_words(column) for column in COLUMNS if column.words is not None}


def read_words(column: Column, written: str) -> tuple[list[str], list[str]]:
    """The values that a cell names, each once in the order of lists; and what is not understood in it."""
    words = _WORDS[column.name]
    whole = words.get(search_words(written))
    if whole is not None:
        return list(whole), []
    parts = [part.strip() for part in re.split(r"[;,/|]", written)] if column.takes_several else [written]
    found = {value for part in parts for value in words.get(search_words(part), ())}
    unknown = [part for part in parts if part and search_words(part) not in words]
    return [value for value in column.words or {} if value in found], unknown


def choices(column: Column) -> str:
    """What may be written there."""
    words = list((column.words or {}).values())
    return f"{', '.join(words[:-1])} ou {words[-1]}"
