"""The holes of a text: what fills them, and how they are filled.

A hole `{{nom}}` takes a value from a fixed list. A value is never read again for holes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape as html_escape

from campaign.web.filters import NBSP, capitalize_first

# A tilde is a non-breaking space.
_DESCRIPTIONS = {
    "la_municipalite": "La personne morale avec son article~: «~la Municipalité d’Hébertville~»",
    "de_la_municipalite": "La même, précédée de «~de~»~: «~de la Municipalité d’Hébertville~»",
    "nom": "Le nom seul~: «~Hébertville~»",
    "de_nom": "Le nom précédé de «~de~»~: «~d’Hébertville~», «~des Escoumins~»",
    "a_nom": "Le nom précédé de «~à~»~: «~à Hébertville~», «~aux Escoumins~»",
    "mrc": "Le nom de la MRC, vide s’il n’y en a pas",
    "region": "Le nom de la région administrative",
    "prenom": "Le prénom de la personne, vide pour une boîte partagée",
    "salutation": "«~Bonjour Manon,~», ou «~Bonjour,~» pour une boîte partagée",
    "lien": "L’adresse du lien personnel",
    "ceremonie_passee": "Une phrase sur la cérémonie de l’an dernier, vide s’il n’y en a pas eu",
    "ceremonie": "La cérémonie de cette année~: «~le lundi 15~novembre~2027, à 10~h, à l’hôtel de ville~»",
    "date_limite": "La date limite pour la trousse~: «~12~octobre~2027~»",
    "edition": "«~12e édition~»",
    "campagne": "Le nom de la campagne",
    "theme": "Le thème de l’édition, vide s’il n’est pas choisi",
    "semaine": "Les dates~: «~du 15 au 21~novembre~2027~»",
    "jour_j": "Le jour du lever~: «~lundi 15~novembre~2027~»",
    "seance": "La séance du conseil~: «~lundi 4~octobre~2027~»",
    "chiffre": "Le chiffre public daté~: «~438 municipalités, en date du 15~novembre~2027 à 16~h~»",
    "carte": "L’adresse de la liste et de la carte des participantes",
    "calendrier": "L’adresse du calendrier public",
    "proposer": "L’adresse où proposer une activité",
    "reponse": "L’adresse où répondre à l’invitation",
    "gestion": "L’adresse de l’espace de l’équipe",
    "evenement_officiel": "L’événement officiel~: jour, heure et lieu",
    "elu": "Qui prend la parole~: «~la mairesse ou le maire~», et en année électorale «~la personne élue ou "
    "son représentant~»",
    "note_election": "Une phrase pour les années d’élections municipales, vide les autres années",
    "suivi": "Une phrase de suivi du colis, vide sans numéro",
    "prochaine_edition": "Les dates de la prochaine édition~: «~du 20 au 26~novembre~2028~»",
    "signature": "La signature, sur une ou plusieurs lignes",
    "organisme": "Le nom de l’organisme qui envoie",
}
PLACEHOLDERS: Mapping[str, str] = {name: words.replace("~", NBSP) for name, words in _DESCRIPTIONS.items()}
"""Every hole that a text may have, and what fills it. In a text, `{{La_municipalite}}` gives it a capital."""

_EXAMPLES = {
    "la_municipalite": "la Municipalité d’Hébertville",
    "de_la_municipalite": "de la Municipalité d’Hébertville",
    "nom": "Hébertville",
    "de_nom": "d’Hébertville",
    "a_nom": "à Hébertville",
    "mrc": "Lac-Saint-Jean-Est",
    "region": "Saguenay–Lac-Saint-Jean",
    "prenom": "Manon",
    "salutation": "Bonjour Manon,",
    "lien": "https://exemple.quebec/p/7f3c",
    "ceremonie_passee": "L’an dernier, le drapeau s’est levé à Hébertville le 16~novembre~2026, à 10~h.",
    "ceremonie": "le lundi 15~novembre~2027, à 10~h, à l’hôtel de ville",
    "date_limite": "12~octobre~2027",
    "edition": "12e édition",
    "campagne": "Grande semaine des tout-petits",
    "theme": "Grandir ensemble",
    "semaine": "du 15 au 21~novembre~2027",
    "jour_j": "lundi 15~novembre~2027",
    "seance": "lundi 4~octobre~2027",
    "chiffre": "438~municipalités, en date du 15~novembre~2027 à 16~h",
    "carte": "https://exemple.quebec/municipalites",
    "calendrier": "https://exemple.quebec/calendrier",
    "proposer": "https://exemple.quebec/calendrier/proposer",
    "reponse": "https://exemple.quebec/evenements/lancement",
    "gestion": "https://exemple.quebec/gestion",
    "evenement_officiel": "Le lundi 15~novembre~2027 à 10~h, à la Maison des familles de Laval",
    "elu": "la mairesse ou le maire",
    "note_election": "Les élections municipales ont lieu le 4~novembre~2029.",
    "suivi": "Numéro de suivi (Postes Canada)~: 7023 2109 5432.",
    "prochaine_edition": "du 20 au 26~novembre~2028",
    "signature": "Jeanne Tremblay\nChargée de mobilisation",
    "organisme": "Collectif petite enfance",
}
EXAMPLES: Mapping[str, str] = {name: words.replace("~", NBSP) for name, words in _EXAMPLES.items()}
"""What each hole looks like once filled, to show to organizers and to measure lengths."""

ADDRESSES = frozenset({"lien", "carte", "calendrier", "proposer", "reponse", "gestion"})
"""Holes that hold an address: the only ones at which a link may point."""

NAMES = frozenset({"la_municipalite", "de_la_municipalite", "nom", "de_nom", "a_nom"})
"""Holes that name the municipality."""

NAME = r"[A-Za-z][a-z0-9_]{0,39}"
HOLE = re.compile(r"\{\{[ \t\u00a0]*(" + NAME + r")[ \t\u00a0]*\}\}")
_HOLE_ALONE = re.compile(
    r"^(?P<open><p>)?\{\{[ \t\u00a0]*(?P<name>" + NAME + r")[ \t\u00a0]*\}\}(?(open)</p>)(?:\n\n?|\Z)",
    re.MULTILINE,
)
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class MissingValue(LookupError):
    """A hole that nothing fills: a letter never leaves with one."""


def fill(text: str, values: Mapping[str, str], *, escape: Callable[[str], str] | None = None) -> str:
    """The text with its holes filled, each value through `escape`; `MissingValue` if one has none.

    A paragraph made of one hole disappears with an empty value. Works on the text, on `to_text` and on
    `to_html` (there with `escape=escape_html`).
    """

    def unless_empty(found: re.Match[str]) -> str:
        return found[0] if value_of_hole(found["name"], values) else ""

    def value_of(found: re.Match[str]) -> str:
        value = value_of_hole(found[1], values)
        return value if escape is None else escape(value)

    return HOLE.sub(value_of, _HOLE_ALONE.sub(unless_empty, text))


def value_of_hole(name: str, values: Mapping[str, str]) -> str:
    """What fills that hole, with a capital when its name has one."""
    if name in values:
        return values[name]
    plain = lower_first(name)
    if plain not in values:
        raise MissingValue(name)
    return capitalize_first(values[plain])


def escape_html(value: str) -> str:
    """A value inside HTML, text or attribute: its line breaks stay line breaks."""
    return html_escape(UNWRITABLE.sub("", value)).replace("\n", "<br>")


def one_line(value: str) -> str:
    """A value inside a subject: no line break can add a header."""
    return " ".join(UNWRITABLE.sub("", value).split("\n")).replace("\r", "").strip(" ")


def holes(text: str) -> set[str]:
    """The names of the holes, without the capital some are written with."""
    return {lower_first(found[1]) for found in HOLE.finditer(text)}


def lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]
