"""To whom a mailing goes: a filter in plain words, each address's case, and the reason of each exclusion.

Pure: the cases are loaded by `queries`, and judged here one by one, the same way in the preview of any date
and at the moment of leaving.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from campaign import clock
from campaign.contacts.basis import Published
from campaign.contacts.models import ContactKind, Language
from campaign.events.models import EventState
from campaign.mailings.schedule import SPACING_DAYS, MailingClass, is_too_soon
from campaign.outbox.addresses import is_address
from campaign.participations import states as participation_states
from campaign.participations import words as participation_words
from campaign.participations.models import KitState, ReportState, ResolutionState, State
from campaign.territory.models import TerritoryKind
from campaign.web.filters import NBSP, day_month

Choice = TypeVar("Choice", bound=StrEnum)


class Who(StrEnum):
    """The list that a mailing starts from."""

    MUNICIPALITIES = "municipalites"
    """Every local municipality, and whoever else answered (a borough, a community)."""
    PARTICIPANTS = "participants"
    """Whoever has answered in this edition."""
    CONTACTS = "contacts"
    """Organizations, partners, subscribers."""
    MEDIA = "medias"
    COORDINATORS = "coordination"
    TEAM = "equipe"


WHO_WORDS = {
    Who.MUNICIPALITIES: "Toutes les municipalités",
    Who.PARTICIPANTS: "Les municipalités qui ont répondu",
    Who.CONTACTS: "Les contacts (organismes, partenaires, abonnés)",
    Who.MEDIA: "Les médias",
    Who.COORDINATORS: "Les coordonnatrices et coordonnateurs de région",
    Who.TEAM: "L’équipe",
}

OF_TERRITORIES = frozenset({Who.MUNICIPALITIES, Who.PARTICIPANTS})

UNASKED = frozenset({MailingClass.SOLICITATION, MailingClass.MEDIA})
"""Classes of which one may unsubscribe; the others answer something that the person asked for."""


class Reason(StrEnum):
    """Why an address is left out."""

    NO_ADDRESS = "sans_adresse"
    STATE = "etat"
    RETURNING = "historique"
    NOT_RECEIVED = "pas_recu"
    RECEIVED_LATELY = "recu_recemment"
    RESOLUTION = "resolution"
    KIT = "trousse"
    REPORT = "bilan"
    CEREMONY = "ceremonie"
    UNDER_REVIEW = "a_verifier"
    ADDRESS_REFUSED = "adresse_refusee"
    UNSUBSCRIBED = "desabonnee"
    DO_NOT_SOLICIT = "ne_pas_solliciter"
    NO_BASIS = "sans_base_legale"
    TOO_SOON = "sollicitee_recemment"
    NOT_YET = "pas_encore"
    TOO_LATE = "trop_tard"


LABELS = {
    Reason.NO_ADDRESS: "Aucune adresse courriel connue",
    Reason.STATE: "Sa réponse ne correspond pas",
    Reason.RETURNING: "Son historique ne correspond pas",
    Reason.NOT_RECEIVED: "N’a pas reçu l’envoi précédent",
    Reason.RECEIVED_LATELY: "A reçu l’envoi précédent depuis trop peu de temps",
    Reason.RESOLUTION: "Sa résolution ne correspond pas",
    Reason.KIT: "Sa trousse ne correspond pas",
    Reason.REPORT: "Son bilan ne correspond pas",
    Reason.CEREMONY: "Sa cérémonie ne correspond pas",
    Reason.UNDER_REVIEW: "Inscription que l’équipe vérifie encore",
    Reason.ADDRESS_REFUSED: "L’adresse refuse nos messages",
    Reason.UNSUBSCRIBED: "S’est désabonnée",
    Reason.DO_NOT_SOLICIT: "Ne veut pas être sollicitée",
    Reason.NO_BASIS: "Aucune base légale valide",
    Reason.TOO_SOON: f"Sollicitée il y a moins de {SPACING_DAYS}{NBSP}jours",
    Reason.NOT_YET: "Son moment n’est pas venu",
    Reason.TOO_LATE: "Son moment est passé depuis plus de 48 heures",
}

_STATE_REASONS = {
    State.NOT_INVITED: "Pas encore sollicitée",
    State.INVITED: "Invitée, sans réponse",
    State.UNDECIDED: "En réflexion",
    State.REGISTERED: "Déjà inscrite, à confirmer",
    State.CONFIRMED: "Déjà inscrite",
    State.DONE: "Participation réalisée",
    State.CANCELLED: "Participation annulée",
    State.DECLINED: "A décliné",
    State.DISCARDED: "Fiche écartée",
}


class InvalidAudience(ValueError):
    """An audience that cannot be read. Its message is a French sentence for the organizer."""


@dataclass(frozen=True, kw_only=True)
class Received:
    """Another mailing of the edition left to the address, at least so many days ago."""

    key: str
    days: int = 0


@dataclass(frozen=True, kw_only=True)
class Audience:
    """A filter. What is not said does not matter; what is said must hold."""

    who: Who = Who.MUNICIPALITIES
    regions: tuple[str, ...] = ()
    mrcs: tuple[str, ...] = ()
    kinds: tuple[TerritoryKind, ...] = ()
    lists: tuple[ContactKind, ...] = ()
    exclude_other_electoral_rules: bool = False
    """Without the villages and MRC to which the election title of the LERM does not apply (art. 1)."""
    states: tuple[State, ...] = ()
    returning: bool | None = None
    received: Received | None = None
    draft_days: int = 0
    unverified_days: int = 0
    resolution: tuple[ResolutionState, ...] = ()
    council_passed: bool = False
    kit: tuple[KitState, ...] = ()
    kit_incomplete: bool = False
    kit_shipped_days: int = 0
    report: tuple[ReportState, ...] = ()
    raises_flag: bool | None = None
    ceremony: tuple[EventState, ...] = ()
    ceremony_incomplete: bool = False
    ceremony_within_days: int = 0
    ceremony_passed: bool = False
    photo_missing: bool = False
    """No photo was received. None can be sent yet: always true."""
    activities: bool = False
    """Those who propose activities. None can yet: says nothing of its own."""

    def to_json(self) -> dict[str, Any]:
        """Only what is said."""
        told: dict[str, Any] = {"who": self.who.value}
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name == "who" or value == each.default:
                continue
            if isinstance(value, tuple):
                told[each.name] = [str(item) for item in value]
            elif isinstance(value, Received):
                told[each.name] = {"key": value.key, "days": value.days}
            else:
                told[each.name] = value
        return told

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Audience:
        """The audience as `to_json` wrote it; anything else raises `InvalidAudience`."""
        known = {each.name for each in fields(cls)}
        unknown = sorted(set(told) - known)
        if unknown:
            raise InvalidAudience(f"Le public contient « {unknown[0]} », qui n’existe pas.")
        try:
            return cls(**{name: _read(name, value) for name, value in told.items()})
        except (TypeError, ValueError, KeyError) as error:
            raise InvalidAudience("Le public de cet envoi est illisible.") from error


_CHOICES: dict[str, type[StrEnum]] = {
    "kinds": TerritoryKind,
    "lists": ContactKind,
    "states": State,
    "resolution": ResolutionState,
    "kit": KitState,
    "report": ReportState,
    "ceremony": EventState,
}


def _read(name: str, value: Any) -> Any:
    if name == "who":
        return Who(value)
    if name == "received":
        return Received(key=str(value["key"]), days=int(value.get("days", 0)))
    if name in _CHOICES:
        return tuple(_CHOICES[name](item) for item in value)
    if name in ("regions", "mrcs"):
        return tuple(str(item) for item in value)
    if name.endswith("_days"):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(name)
        return value
    if not isinstance(value, bool):
        raise ValueError(name)
    return value


# --- what is known of one address for one place -------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Place:
    """A territory as letters name it."""

    id: int
    geo_code: str
    name: str
    designation_name: str
    de_form: str | None
    a_form: str | None
    region_code: str | None
    region_name: str
    mrc_code: str | None
    mrc_name: str
    kind: TerritoryKind
    time_zone: str


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a territory answered in the edition, as far as mailings ask."""

    state: State = State.NOT_INVITED
    needs_review: bool = False
    registered_at: datetime | None = None
    undecided_since: datetime | None = None
    decides_on: date | None = None
    raises_flag: bool = False
    resolution: ResolutionState = ResolutionState.NONE
    resolution_on: date | None = None
    kit: KitState = KitState.NOT_REQUESTED
    kit_is_complete: bool = True
    kit_shipped_at: datetime | None = None
    report: ReportState = ReportState.NOT_EXPECTED
    ceremony: EventState | None = None
    ceremony_on: date | None = None
    ceremony_at: datetime | None = None
    ceremony_place: str = ""


@dataclass(frozen=True, kw_only=True)
class Ceremony:
    """A ceremony of an earlier edition, as a letter recalls it."""

    day: date | None
    starts_at: datetime | None
    time_zone: str


@dataclass(frozen=True, kw_only=True)
class AddressFacts:
    """What is known of the address itself, whoever writes to it."""

    refused: str = ""
    """Why nothing leaves to it any more."""
    unsubscribed: str = ""
    """Since when it wants no solicitation, in words."""
    last_solicited_on: date | None = None
    last_solicited_by: str = ""
    missing_basis: str = ""
    """Why the law does not allow what this mailing is."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """An address considered for one place, or for a person outside the known list."""

    email: str
    first_name: str = ""
    name: str = ""
    language: Language = Language.FRENCH
    contact_id: int | None = None
    do_not_solicit: bool = False
    published: Published | None = None
    """Where the address is published in a professional quality."""
    place: Place | None = None
    answers: Answers = field(default_factory=Answers)
    is_returning: bool = False
    received_on: Mapping[str, date] = field(default_factory=dict)
    """Other mailings of the edition that left to it, by key, and the day."""
    facts: AddressFacts = field(default_factory=AddressFacts)

    @property
    def zone(self) -> str:
        return self.place.time_zone if self.place else clock.EASTERN


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """Why a case is left out; `detail` is the sentence that the organizer reads."""

    reason: Reason
    detail: str


def judge(
    audience: Audience,
    case: Case,
    *,
    mailing_class: MailingClass,
    titles: Mapping[str, str],
    now: datetime,
) -> Exclusion | None:
    """Why this case gets nothing, or None when it does. `titles` names the mailings by key.

    What the person answered comes first, then what the law and courtesy say of the address: « 438 déjà
    inscrites, 12 désabonnées », in that order.
    """
    today = clock.today(now, case.zone)
    exclusion = _by_answers(audience, case, titles=titles, today=today) or _by_address(case)
    if exclusion is None and mailing_class in UNASKED:
        exclusion = _by_wish(case)
    if exclusion is None and mailing_class is MailingClass.SOLICITATION:
        exclusion = _by_courtesy(case, today)
    return exclusion


def _by_answers(
    audience: Audience, case: Case, *, titles: Mapping[str, str], today: date
) -> Exclusion | None:
    answers = case.answers
    if audience.states and answers.state not in audience.states:
        return Exclusion(reason=Reason.STATE, detail=_STATE_REASONS[answers.state])
    if answers.needs_review and answers.state in participation_states.COUNTED:
        return _excluded(Reason.UNDER_REVIEW)
    if audience.returning is not None and audience.returning != case.is_returning:
        detail = "A participé à l’édition précédente" if case.is_returning else "N’a pas encore participé"
        return Exclusion(reason=Reason.RETURNING, detail=detail)
    return (
        _by_reception(audience.received, case, titles, today)
        or _by_papers(audience, answers, today)
        or _by_ceremony(audience, answers, today)
    )


def _by_reception(
    asked: Received | None, case: Case, titles: Mapping[str, str], today: date
) -> Exclusion | None:
    if asked is None:
        return None
    title = f"«{NBSP}{titles.get(asked.key, asked.key)}{NBSP}»"
    received_on = case.received_on.get(asked.key)
    if received_on is None:
        return Exclusion(reason=Reason.NOT_RECEIVED, detail=f"N’a pas reçu {title}")
    if (today - received_on).days < asked.days:
        return Exclusion(reason=Reason.RECEIVED_LATELY, detail=f"A reçu {title} le {day_month(received_on)}")
    return None


def _by_papers(audience: Audience, answers: Answers, today: date) -> Exclusion | None:
    if audience.draft_days and not _is_older(answers.undecided_since, audience.draft_days, today):
        return Exclusion(reason=Reason.STATE, detail="Brouillon trop récent")
    if audience.unverified_days and not _is_older(answers.registered_at, audience.unverified_days, today):
        return Exclusion(reason=Reason.STATE, detail="Inscription trop récente")
    if audience.resolution and answers.resolution not in audience.resolution:
        return _excluded(Reason.RESOLUTION)
    if audience.council_passed and not (answers.resolution_on and answers.resolution_on < today):
        return Exclusion(reason=Reason.RESOLUTION, detail="Le conseil n’a pas encore siégé")
    if audience.kit and answers.kit not in audience.kit:
        return _excluded(Reason.KIT)
    # A town that has not registered has no kit to complete: it is reminded of the last day all the same.
    if audience.kit_incomplete and answers.state in participation_states.COUNTED and answers.kit_is_complete:
        return Exclusion(reason=Reason.KIT, detail="Trousse déjà complète")
    if audience.kit_shipped_days and not _is_older(answers.kit_shipped_at, audience.kit_shipped_days, today):
        return Exclusion(reason=Reason.KIT, detail="Trousse expédiée depuis trop peu de temps")
    if audience.report and answers.report not in audience.report:
        return _excluded(Reason.REPORT)
    return None


def _is_older(since: datetime | None, days: int, today: date) -> bool:
    return since is not None and clock.today(since) + timedelta(days=days) <= today


def _by_ceremony(audience: Audience, answers: Answers, today: date) -> Exclusion | None:
    if audience.raises_flag is not None and audience.raises_flag != answers.raises_flag:
        detail = "Hisse un drapeau" if answers.raises_flag else "Ne hisse pas de drapeau"
        return Exclusion(reason=Reason.CEREMONY, detail=detail)
    if audience.ceremony and answers.ceremony not in audience.ceremony:
        detail = "Cérémonie annulée" if answers.ceremony is EventState.CANCELLED else LABELS[Reason.CEREMONY]
        return Exclusion(reason=Reason.CEREMONY, detail=detail)
    is_complete = answers.ceremony_at is not None and answers.ceremony_place != ""
    if audience.ceremony_incomplete and (not answers.raises_flag or is_complete):
        return Exclusion(reason=Reason.CEREMONY, detail="Heure et lieu déjà connus")
    if audience.ceremony_within_days and not (
        answers.ceremony_on
        and today <= answers.ceremony_on <= today + timedelta(days=audience.ceremony_within_days)
    ):
        return Exclusion(reason=Reason.CEREMONY, detail="La cérémonie n’est pas dans les jours qui viennent")
    if audience.ceremony_passed and not (answers.ceremony_on and answers.ceremony_on <= today):
        return Exclusion(reason=Reason.CEREMONY, detail="La cérémonie n’a pas encore eu lieu")
    return None


def _by_address(case: Case) -> Exclusion | None:
    if not case.email:
        return _excluded(Reason.NO_ADDRESS)
    if case.facts.refused:
        return Exclusion(reason=Reason.ADDRESS_REFUSED, detail=case.facts.refused)
    if not is_address(case.email):
        return Exclusion(reason=Reason.ADDRESS_REFUSED, detail="Adresse mal écrite")
    return None


def _by_wish(case: Case) -> Exclusion | None:
    """What holds unasked messages back, and never those that a person asked for (LCAP art. 11)."""
    facts = case.facts
    if facts.unsubscribed:
        return Exclusion(reason=Reason.UNSUBSCRIBED, detail=facts.unsubscribed)
    if case.do_not_solicit:
        return _excluded(Reason.DO_NOT_SOLICIT)
    if facts.missing_basis:
        return Exclusion(reason=Reason.NO_BASIS, detail=facts.missing_basis)
    return None


def _by_courtesy(case: Case, today: date) -> Exclusion | None:
    """One solicitation in ten days to an address, from all senders together."""
    facts = case.facts
    if facts.last_solicited_on is None or not is_too_soon(facts.last_solicited_on, today):
        return None
    by = f" («{NBSP}{facts.last_solicited_by}{NBSP}»)" if facts.last_solicited_by else ""
    return Exclusion(reason=Reason.TOO_SOON, detail=f"Sollicitée le {day_month(facts.last_solicited_on)}{by}")


def _excluded(reason: Reason) -> Exclusion:
    return Exclusion(reason=reason, detail=LABELS[reason])


# --- in words -----------------------------------------------------------------------------------------


def in_words(
    audience: Audience,
    *,
    region_names: Mapping[str, str],
    mrc_names: Mapping[str, str],
    titles: Mapping[str, str],
) -> str:
    """The filter as the organizer would say it: « Toutes les municipalités de l’Estrie, invitées, qui … »."""
    parts = [WHO_WORDS[audience.who]]
    places = [region_names.get(code, code) for code in audience.regions]
    places += [mrc_names.get(code, code) for code in audience.mrcs]
    if places:
        parts.append(f"territoire{NBSP}: {_listed(places)}")
    if audience.states:
        labels = [participation_states.LABELS[state].lower() for state in audience.states]
        parts.append(f"état{NBSP}: {_listed(labels, 'ou')}")
    parts += _history_words(audience, titles)
    parts += _papers_words(audience)
    parts += _ceremony_words(audience)
    return "; ".join(parts) + "."


def _history_words(audience: Audience, titles: Mapping[str, str]) -> list[str]:
    words = []
    if audience.returning is not None:
        words.append(
            "ont participé l’an dernier" if audience.returning else "n’ont pas participé l’an dernier"
        )
    if audience.received is not None:
        title = titles.get(audience.received.key, audience.received.key)
        ago = f" depuis au moins {audience.received.days}{NBSP}jours" if audience.received.days else ""
        words.append(f"ont reçu «{NBSP}{title}{NBSP}»{ago}")
    if audience.lists:
        words.append(f"listes{NBSP}: {_listed([LIST_WORDS[kind] for kind in audience.lists])}")
    if audience.exclude_other_electoral_rules:
        words.append("sans les villages et les MRC qui ont d’autres règles électorales")
    return words


def _papers_words(audience: Audience) -> list[str]:
    from_words: list[tuple[bool, str]] = [
        (bool(audience.draft_days), f"brouillon de plus de {audience.draft_days}{NBSP}jours"),
        (bool(audience.unverified_days), f"sans confirmation depuis {audience.unverified_days}{NBSP}jours"),
        (
            bool(audience.resolution),
            _one_of("résolution", audience.resolution, participation_words.RESOLUTION),
        ),
        (audience.council_passed, "dont le conseil a siégé"),
        (bool(audience.kit), _one_of("trousse", audience.kit, participation_words.KIT)),
        (audience.kit_incomplete, "trousse à compléter"),
        (bool(audience.kit_shipped_days), f"trousse partie depuis {audience.kit_shipped_days}{NBSP}jours"),
        (bool(audience.report), _one_of("bilan", audience.report, participation_words.REPORT)),
    ]
    return [words for holds, words in from_words if holds]


def _ceremony_words(audience: Audience) -> list[str]:
    from_words: list[tuple[bool, str]] = [
        (audience.raises_flag is True, "qui hissent un drapeau"),
        (audience.raises_flag is False, "qui ne hissent pas de drapeau"),
        (bool(audience.ceremony), _one_of("cérémonie", audience.ceremony, participation_words.CEREMONY)),
        (audience.ceremony_incomplete, "heure ou lieu de la cérémonie manquant"),
        (
            bool(audience.ceremony_within_days),
            f"cérémonie dans les {audience.ceremony_within_days}{NBSP}jours",
        ),
        (audience.ceremony_passed, "cérémonie passée"),
        (audience.photo_missing, "sans photo reçue"),
    ]
    return [words for holds, words in from_words if holds]


def _one_of(name: str, chosen: Iterable[Choice], labels: Mapping[Choice, str]) -> str:
    """« trousse : expédiée ou reçue », nothing when none is chosen."""
    words = [labels[each].lower() for each in chosen]
    return f"{name}{NBSP}: {_listed(words, 'ou')}" if words else ""


LIST_WORDS = {
    ContactKind.MUNICIPAL: "municipalités",
    ContactKind.ORGANIZATION: "organismes",
    ContactKind.SUBSCRIBER: "personnes abonnées",
    ContactKind.MEDIA: "médias",
    ContactKind.PARTNER: "partenaires",
}


def _listed(words: Iterable[str], last: str = "et") -> str:
    *others, end = list(words)
    return f"{', '.join(others)} {last} {end}" if others else end
