"""The words an activity is described with (domain §3.2), chosen from lists so that people find it by them.

The values stand in addresses and in subscriptions: they never change.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from campaign.i18n import _


class ActivityType(StrEnum):
    STORY_TIME = "heure-du-conte"
    WALK = "marche"
    OPEN_HOUSE = "portes-ouvertes"
    WORKSHOP = "atelier-parent-enfant"
    TALK = "conference"
    EXHIBITION = "exposition"
    CRAFT = "bricolage"
    FLAG_RAISING = "lever-de-drapeau"
    OTHER = "autre"


class Format(StrEnum):
    IN_PERSON = "sur-place"
    ONLINE = "en-ligne"
    HYBRID = "hybride"


class Audience(StrEnum):
    BABIES = "0-2-ans"
    TODDLERS = "3-5-ans"
    PARENTS = "parents"
    EDUCATORS = "personnel-educateur"
    FAMILIES = "famille"
    ELECTED = "elus"


class Cost(StrEnum):
    FREE = "gratuit"
    PRICE = "montant"
    DONATION = "contribution-volontaire"
    UNKNOWN = "non-precise"
    """Nobody said: no choice of a form, no word on a page, found by no filter."""


class Accessibility(StrEnum):
    STROLLER = "poussette"
    WHEELCHAIR = "fauteuil-roulant"
    SIGN_LANGUAGE = "lsq"
    PLAIN_LANGUAGE = "langage-simplifie"
    TOILETS = "toilettes"
    CHANGING_TABLE = "table-a-langer"


class SpokenLanguage(StrEnum):
    FRENCH = "francais"
    ENGLISH = "anglais"
    OTHER = "autre"


class Theme(StrEnum):
    READING = "lecture"
    PLAY = "jeu"
    OUTDOORS = "plein-air"
    ARTS = "arts-et-musique"
    FOOD = "alimentation"
    SPEECH = "eveil-au-langage"
    HEALTH = "sante"
    PARENTING = "soutien-aux-parents"
    RIGHTS = "droits-des-enfants"
    INCLUSION = "inclusion"
    NATURE = "nature"
    SCHOOL = "entree-a-l-ecole"


class OrganizerKind(StrEnum):
    CHILDCARE = "cpe"
    FAMILY_CENTRE = "organisme-famille"
    LIBRARY = "bibliotheque"
    SCHOOL = "ecole"
    COMMUNITY_CENTRE = "centre-communautaire"
    MUNICIPALITY = "municipalite"
    CITIZENS = "groupe-citoyen"
    REGIONAL_BODY = "regroupement-regional"
    HEALTH = "etablissement-de-sante"
    OTHER = "autre"


ACTIVITY_TYPES: Mapping[ActivityType, str] = {
    ActivityType.STORY_TIME: _("Heure du conte"),
    ActivityType.WALK: _("Marche"),
    ActivityType.OPEN_HOUSE: _("Portes ouvertes"),
    ActivityType.WORKSHOP: _("Atelier parent-enfant"),
    ActivityType.TALK: _("Conférence"),
    ActivityType.EXHIBITION: _("Exposition"),
    ActivityType.CRAFT: _("Bricolage"),
    ActivityType.FLAG_RAISING: _("Lever de drapeau"),
    ActivityType.OTHER: _("Autre activité"),
}

FORMATS: Mapping[Format, str] = {
    Format.IN_PERSON: _("Sur place"),
    Format.ONLINE: _("En ligne"),
    Format.HYBRID: _("Sur place et en ligne"),
}

AUDIENCES: Mapping[Audience, str] = {
    Audience.BABIES: _("0-2 ans"),
    Audience.TODDLERS: _("3-5 ans"),
    Audience.PARENTS: _("Parents"),
    Audience.EDUCATORS: _("Personnel éducateur"),
    Audience.FAMILIES: _("Toute la famille"),
    Audience.ELECTED: _("Personnes élues"),
}

COSTS: Mapping[Cost, str] = {
    Cost.FREE: _("Gratuit"),
    Cost.PRICE: _("Payant"),
    Cost.DONATION: _("Contribution volontaire"),
}

ACCESSIBILITY: Mapping[Accessibility, str] = {
    Accessibility.STROLLER: _("Accessible en poussette"),
    Accessibility.WHEELCHAIR: _("Accessible en fauteuil roulant"),
    Accessibility.SIGN_LANGUAGE: _("Langue des signes québécoise (LSQ)"),
    Accessibility.PLAIN_LANGUAGE: _("Langage simplifié"),
    Accessibility.TOILETS: _("Toilettes"),
    Accessibility.CHANGING_TABLE: _("Table à langer"),
}

LANGUAGES: Mapping[SpokenLanguage, str] = {
    SpokenLanguage.FRENCH: _("Français"),
    SpokenLanguage.ENGLISH: _("English"),
    SpokenLanguage.OTHER: _("Autre langue"),
}

THEMES: Mapping[Theme, str] = {
    Theme.READING: _("Lecture et contes"),
    Theme.PLAY: _("Jeu"),
    Theme.OUTDOORS: _("Plein air et mouvement"),
    Theme.ARTS: _("Arts et musique"),
    Theme.FOOD: _("Alimentation"),
    Theme.SPEECH: _("Éveil au langage"),
    Theme.HEALTH: _("Santé et bien-être"),
    Theme.PARENTING: _("Soutien aux parents"),
    Theme.RIGHTS: _("Droits des enfants"),
    Theme.INCLUSION: _("Diversité et inclusion"),
    Theme.NATURE: _("Nature et environnement"),
    Theme.SCHOOL: _("Entrée à l’école"),
}

ORGANIZER_KINDS: Mapping[OrganizerKind, str] = {
    OrganizerKind.CHILDCARE: _("Centre de la petite enfance ou garderie"),
    OrganizerKind.FAMILY_CENTRE: _("Organisme communautaire famille"),
    OrganizerKind.LIBRARY: _("Bibliothèque"),
    OrganizerKind.SCHOOL: _("École ou centre de services scolaire"),
    OrganizerKind.COMMUNITY_CENTRE: _("Centre communautaire"),
    OrganizerKind.MUNICIPALITY: _("Municipalité"),
    OrganizerKind.CITIZENS: _("Groupe de citoyennes et de citoyens"),
    OrganizerKind.REGIONAL_BODY: _("Regroupement régional"),
    OrganizerKind.HEALTH: _("Établissement de santé"),
    OrganizerKind.OTHER: _("Autre"),
}

TYPES: Mapping[str, str] = {
    **{type_.value: word for type_, word in ACTIVITY_TYPES.items() if type_ is not ActivityType.OTHER},
    "rassemblement": _("Rassemblement"),
    "formation": _("Formation"),
    "rencontre": _("Rencontre"),
    "lancement": _("Lancement"),
    ActivityType.OTHER.value: ACTIVITY_TYPES[ActivityType.OTHER],
}
"""Every type by which the public finds an event: its value in addresses and its word, in the order of lists.

That of an event is told by `wording.type_of`.
"""
