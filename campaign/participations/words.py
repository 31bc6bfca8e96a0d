"""How people read the states, the tracks and the answers of a participation."""

from __future__ import annotations

from campaign.events.models import EventState, Opening
from campaign.participations import states
from campaign.participations.models import (
    Channel,
    KitState,
    Mast,
    Mode,
    Participation,
    PlanB,
    Presence,
    ReportState,
    ResolutionState,
    State,
    Track,
)
from campaign.web.filters import long_date

MODES = {
    Mode.FLAG: "Lever du drapeau",
    Mode.MAE_FLAG: "Lever du drapeau Municipalité amie des enfants",
    Mode.RESOLUTION: "Résolution du conseil",
    Mode.ACTIVITY: "Activité",
    Mode.DISPLAY: "Affichage ou illumination",
    Mode.BLANKET: "Port du carré-doudou",
    Mode.OTHER: "Autre façon",
}

CEREMONY = {
    EventState.TO_PLAN: "À planifier",
    EventState.PLANNED: "Planifiée",
    EventState.POSTPONED: "Reportée",
    EventState.CANCELLED: "Annulée",
    EventState.HELD: "Tenue",
}

RESOLUTION = {
    ResolutionState.NONE: "Aucune",
    ResolutionState.ON_AGENDA: "À l’ordre du jour",
    ResolutionState.ADOPTED: "Adoptée",
    ResolutionState.REFUSED: "Refusée",
}

KIT = {
    KitState.NOT_REQUESTED: "Non demandée",
    KitState.REQUESTED: "Demandée",
    KitState.IN_PREPARATION: "En préparation",
    KitState.SHIPPED: "Expédiée",
    KitState.RECEIVED: "Reçue",
    KitState.RETURNING: "En retour",
    KitState.ALREADY_OWNED: "Drapeau déjà en main",
}

REPORT = {
    ReportState.NOT_EXPECTED: "Non attendu",
    ReportState.EXPECTED: "Attendu",
    ReportState.RECEIVED: "Reçu",
    ReportState.REMINDED: "Relancé",
    ReportState.CLOSED: "Clos sans bilan",
}

CHANNEL = {
    Channel.WEB: "formulaire public",
    Channel.LINK: "lien personnel",
    Channel.MAIL: "courriel",
    Channel.PHONE: "téléphone",
    Channel.TEAM: "équipe",
    Channel.IMPORT: "importation",
    Channel.SIMULATION: "simulation",
}

TRACK = {
    Track.STATE: "Participation",
    Track.CEREMONY: "Cérémonie",
    Track.RESOLUTION: "Résolution",
    Track.KIT: "Trousse",
    Track.REPORT: "Bilan",
    Track.DETAILS: "Fiche",
    Track.LINK: "Lien personnel",
    Track.REVIEW: "Vérification",
}

OPENING = {
    Opening.PUBLIC: "Ouverte au public",
    Opening.CLOSED: "Sans public",
    Opening.INVITATION: "Sur invitation",
}

MAST = {
    Mast.YES: "Un mât est libre",
    Mast.ONLY_ONE: "Un seul mât, celui du drapeau du Québec",
    Mast.UNKNOWN: "À vérifier",
}

_VALUES: dict[Track, dict[str, str]] = {
    Track.STATE: {state.value: label for state, label in states.LABELS.items()},
    Track.CEREMONY: {
        **{state.value: label for state, label in CEREMONY.items()},
        "a_l_interieur": "À l’intérieur",
    },
    Track.RESOLUTION: {state.value: label for state, label in RESOLUTION.items()},
    Track.KIT: {state.value: label for state, label in KIT.items()},
    Track.REPORT: {state.value: label for state, label in REPORT.items()},
}


def moved_value(track: Track, value: str) -> str:
    """What a recorded value says; tracks that are told in words keep their words."""
    return _VALUES.get(track, {}).get(value, value)


def state_mark(state: State) -> str:
    """The small pennant drawn beside a state (`components/label.html`): filled, half, hollow, crossed."""
    if state in states.COUNTED:
        return "confirmed"
    if state in (State.REGISTERED, State.UNDECIDED):
        return "waiting"
    return "off" if state in (State.CANCELLED, State.DECLINED, State.DISCARDED) else "none"


def modes(participation: Participation) -> str:
    """« Lever du drapeau, résolution du conseil »"""
    known = [MODES[Mode(mode)] for mode in participation.modes]
    return ", ".join([*known[:1], *(mode[0].lower() + mode[1:] for mode in known[1:])])


def resolution(participation: Participation) -> str:
    """« Adoptée, no 2027-123, 15 novembre 2027 »"""
    number = f"no\u00a0{participation.resolution_number}" if participation.resolution_number else ""
    parts = (RESOLUTION[participation.resolution_state], number, long_date(participation.resolution_on))
    return ", ".join(part for part in parts if part)


def children(participation: Participation) -> str:
    """« Oui, environ 25, CPE Les Mésanges »"""
    presence = {Presence.YES: "Oui", Presence.NO: "Non", Presence.TO_CONFIRM: "À confirmer"}
    said = presence[participation.children] if participation.children else ""
    about = f"environ\u00a0{participation.children_count}" if participation.children_count else ""
    return ", ".join(part for part in (said, about, participation.childcare) if part)


def plan_b(participation: Participation) -> str:
    """« Reportée au 16 novembre 2027 », « À l’intérieur, salle du conseil »"""
    if participation.plan_b is None:
        return ""
    if participation.plan_b is PlanB.POSTPONED:
        return f"Reportée au {long_date(participation.plan_b_on)}" if participation.plan_b_on else "Reportée"
    if participation.plan_b is PlanB.INDOORS:
        return ", ".join(part for part in ("À l’intérieur", participation.plan_b_place) if part)
    return "Maintenue"


def kit(participation: Participation) -> str:
    """« Demandée : 2 drapeaux, 10 affiches »"""
    wanted = (
        (participation.kit_flags, "drapeau", "drapeaux"),
        (participation.kit_posters, "affiche", "affiches"),
        (participation.kit_stickers, "autocollant", "autocollants"),
        (participation.kit_blankets, "carré-doudou", "carrés-doudou"),
    )
    parts = [f"{n}\u00a0{one if n == 1 else many}" for n, one, many in wanted if n]
    label = KIT[participation.kit_state]
    if participation.kit_state in (KitState.NOT_REQUESTED, KitState.ALREADY_OWNED) or not parts:
        return label
    return f"{label}\u00a0: {', '.join(parts)}"
