"""The standard calendar: the mailings that each edition opens with, as drafts, and their first words.

Day J is the official flag raising. What follows a municipality's own ceremony (lines 16, 19, 20, 23 and 24)
counts from that ceremony, as its confirmation letter promises, and from day J for those that raise no flag.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any

from campaign.events.models import EventState
from campaign.mailings.models import Nature
from campaign.mailings.plan import FIRST_TIME, RETURNING
from campaign.mailings.schedule import Anchor, MailingClass, Move, Rule
from campaign.mailings.wording import Text, parse
from campaign.participations.models import KitState, ReportState, ResolutionState, State
from campaign.web.filters import NBSP

TEXTS = Path(__file__).with_name("texts")
ENGLISH = "en"


@dataclass(frozen=True, kw_only=True)
class StandardMailing:
    """A mailing that each edition opens with."""

    key: str
    line: int
    """Its number in the organizers' own calendar; a second mailing of the same line shares it."""
    title: str
    mailing_class: MailingClass
    nature: Nature
    rule: Rule
    audience: Mapping[str, Any]
    """See `audiences.Audience`."""
    to_whom: str
    """« À qui », in a sentence."""
    stops_when: str
    """« S’arrête quand », in a sentence."""
    variants: tuple[str, ...] = ()
    is_automatic: bool = False
    """A direct answer that the product sends by itself: listed here, never sent from here."""
    signed_by_coordinator: bool = False
    group_by_address: bool = True


_ANSWER_AWAITED = [State.NOT_INVITED.value, State.INVITED.value, State.UNDECIDED.value]
_TAKES_PART = [State.CONFIRMED.value, State.DONE.value]
_CEREMONY_STANDS = [EventState.PLANNED.value, EventState.POSTPONED.value]
_NO_REPORT = [ReportState.NOT_EXPECTED.value, ReportState.EXPECTED.value, ReportState.REMINDED.value]

_INVITED = {"key": "invitation", "days": 10}

_ANSWERED = f"La municipalité s’inscrit ou répond «{NBSP}Pas cette année{NBSP}»."
_ONCE = "Part une seule fois."


def _solicitation(**values: Any) -> StandardMailing:
    return StandardMailing(mailing_class=MailingClass.SOLICITATION, nature=Nature.INFORMATIONAL, **values)


def _service(**values: Any) -> StandardMailing:
    return StandardMailing(mailing_class=MailingClass.SERVICE, nature=Nature.SERVICE, **values)


STANDARD: tuple[StandardMailing, ...] = (
    _solicitation(
        key="resolution-avant-elections",
        line=1,
        title="Adoptez la résolution avant la pause électorale",
        rule=Rule(days=-120, only_in_election_year=True),
        audience={
            "who": "municipalites",
            "states": _ANSWER_AWAITED,
            "exclude_other_electoral_rules": True,
        },
        to_whom="Les municipalités qui n’ont pas répondu, sauf celles qui ont d’autres règles électorales.",
        stops_when=_ANSWERED,
    ),
    _solicitation(
        key="invitation",
        line=2,
        title="Invitation",
        rule=Rule(days=-90),
        audience={"who": "municipalites", "states": _ANSWER_AWAITED},
        variants=(RETURNING, FIRST_TIME),
        to_whom="Toutes les municipalités qui ne sont pas inscrites et n’ont pas décliné.",
        stops_when=_ANSWERED,
    ),
    _solicitation(
        key="rappel-1",
        line=3,
        title="Premier rappel",
        rule=Rule(days=-75),
        # A gateway opens links as a person does: a reading proves nothing. Who answered, even « Pas encore
        # décidé », is no longer in these two states.
        audience={
            "who": "municipalites",
            "states": [State.NOT_INVITED.value, State.INVITED.value],
            "received": _INVITED,
        },
        to_whom="Les municipalités invitées depuis dix jours ou plus, sans aucune réponse.",
        stops_when=f"La municipalité s’inscrit, dit y réfléchir ou répond «{NBSP}Pas cette année{NBSP}».",
    ),
    _solicitation(
        key="appel-activites",
        line=4,
        title="Appel aux activités",
        rule=Rule(days=-60),
        audience={"who": "contacts", "lists": ["organisme", "partenaire"]},
        to_whom="Les organismes et les partenaires.",
        stops_when=_ONCE,
    ),
    _solicitation(
        key="appel-activites-municipalites",
        line=4,
        title="Appel aux activités dans les municipalités",
        rule=Rule(days=-60),
        audience={"who": "participants", "states": [State.CONFIRMED.value]},
        to_whom="Les municipalités confirmées.",
        stops_when=_ONCE,
    ),
    _service(
        key="rappel-brouillon",
        line=5,
        title="Rappel au brouillon",
        rule=Rule(days=-60),
        audience={"who": "participants", "states": [State.UNDECIDED.value], "draft_days": 7},
        to_whom="Les municipalités en réflexion depuis une semaine ou plus.",
        stops_when=_ANSWERED,
    ),
    _service(
        key="apres-la-seance",
        line=5,
        title="Après la séance du conseil",
        rule=Rule(anchor=Anchor.COUNCIL, days=1),
        audience={"who": "participants", "states": [State.UNDECIDED.value]},
        to_whom="Les municipalités qui ont demandé d’être prévenues après leur séance du conseil.",
        stops_when=_ANSWERED,
        group_by_address=False,
    ),
    _solicitation(
        key="rappel-2",
        line=6,
        title="Second rappel, date limite de la trousse",
        rule=Rule(days=-45),
        audience={"who": "municipalites", "states": _ANSWER_AWAITED, "received": _INVITED},
        to_whom="Les municipalités invitées qui ne sont pas inscrites.",
        stops_when=_ANSWERED,
        signed_by_coordinator=True,
    ),
    _service(
        key="accuse",
        line=7,
        title="Accusé de réception et vérification du courriel",
        rule=Rule(anchor=Anchor.REGISTERED, at=None),
        audience={"who": "participants", "states": [State.REGISTERED.value, *_TAKES_PART]},
        to_whom="Chaque inscription, dans la minute, jour et nuit.",
        stops_when="Ne s’arrête pas, car c’est la réponse à une inscription.",
        is_automatic=True,
        group_by_address=False,
    ),
    _service(
        key="verification",
        line=8,
        title="Inscription à confirmer",
        rule=Rule(anchor=Anchor.REGISTERED, days=3),
        audience={"who": "participants", "states": [State.REGISTERED.value], "unverified_days": 3},
        to_whom="Les municipalités inscrites depuis trois jours dont l’adresse n’est pas vérifiée.",
        stops_when="L’inscription est confirmée. Après sept jours, elle passe à la liste des appels.",
        group_by_address=False,
    ),
    _service(
        key="trousse-a-preciser",
        line=9,
        title="Trousse à préciser",
        rule=Rule(days=-35),
        audience={"who": "participants", "states": [State.CONFIRMED.value], "kit_incomplete": True},
        to_whom="Les municipalités confirmées dont la trousse est à préciser.",
        stops_when="La trousse est complète.",
    ),
    _solicitation(
        key="trousse-dernier-jour",
        line=9,
        title="Dernier jour pour la trousse",
        rule=Rule(days=-35),
        audience={"who": "municipalites", "states": _ANSWER_AWAITED, "received": _INVITED},
        to_whom="Les municipalités invitées qui ne sont pas inscrites et que rien n’a sollicitées depuis "
        "dix jours.",
        stops_when=_ANSWERED,
    ),
    _service(
        key="trousse-expediee",
        line=10,
        title="Trousse expédiée",
        rule=Rule(anchor=Anchor.SHIPPED, at=None),
        audience={"who": "participants", "states": _TAKES_PART, "kit": [KitState.SHIPPED.value]},
        to_whom="Chaque municipalité dont la trousse part.",
        stops_when="La trousse est reçue.",
        group_by_address=False,
    ),
    _service(
        key="numero-resolution",
        line=11,
        title="Numéro et date de la résolution",
        rule=Rule(days=-21),
        audience={
            "who": "participants",
            "states": _TAKES_PART,
            "resolution": [ResolutionState.ON_AGENDA.value],
            "council_passed": True,
        },
        to_whom="Celles dont la résolution était à l’ordre du jour d’une séance passée.",
        stops_when="La résolution est adoptée ou refusée.",
    ),
    _solicitation(
        key="evenement-officiel",
        line=12,
        title="Invitation à l’événement officiel",
        rule=Rule(days=-21),
        audience={"who": "contacts", "lists": ["partenaire"]},
        to_whom="Les partenaires.",
        stops_when=_ONCE,
    ),
    _service(
        key="outils",
        line=13,
        title="Outils clés en main",
        rule=Rule(days=-14),
        audience={"who": "participants", "states": [State.CONFIRMED.value]},
        to_whom="Les municipalités confirmées.",
        stops_when=_ONCE,
    ),
    # Line 14 also tells those whose proposed activity is « à corriger »: a second mailing, once some can be
    # proposed. Today it would go to every contact.
    _service(
        key="calendrier-medias",
        line=14,
        title="Date limite du calendrier des médias",
        rule=Rule(days=-14),
        audience={"who": "participants", "states": [State.CONFIRMED.value], "ceremony_incomplete": True},
        to_whom="Les municipalités confirmées dont la cérémonie n’a pas d’heure ou de lieu.",
        stops_when="L’heure et le lieu sont connus.",
    ),
    _service(
        key="trousse-recue",
        line=15,
        title="Trousse reçue?",
        rule=Rule(days=-10),
        audience={
            "who": "participants",
            "states": _TAKES_PART,
            "kit": [KitState.SHIPPED.value],
            "kit_shipped_days": 10,
        },
        to_whom="Celles dont la trousse est partie depuis dix jours, sans nouvelles.",
        stops_when="La trousse est reçue.",
    ),
    _service(
        key="deroulement",
        line=16,
        title="Déroulement de la cérémonie",
        rule=Rule(anchor=Anchor.CEREMONY, days=-7),
        audience={
            "who": "participants",
            "states": [State.CONFIRMED.value],
            "raises_flag": True,
            "ceremony": [EventState.TO_PLAN.value, *_CEREMONY_STANDS],
        },
        to_whom="Les municipalités confirmées qui hissent le drapeau, une semaine avant leur cérémonie.",
        stops_when="La cérémonie est annulée.",
        group_by_address=False,
    ),
    StandardMailing(
        key="avis-medias",
        line=17,
        title="Avis aux médias sous embargo",
        mailing_class=MailingClass.MEDIA,
        nature=Nature.INFORMATIONAL,
        rule=Rule(days=-7),
        audience={"who": "medias"},
        to_whom="Les médias, par région.",
        stops_when=_ONCE,
    ),
    StandardMailing(
        key="communique",
        line=18,
        title="Communiqué national sous embargo",
        mailing_class=MailingClass.MEDIA,
        nature=Nature.INFORMATIONAL,
        rule=Rule(days=-3),
        audience={"who": "medias"},
        to_whom="Les médias.",
        stops_when=_ONCE,
    ),
    _service(
        key="veille",
        line=19,
        title="Rappel de la veille",
        rule=Rule(anchor=Anchor.CEREMONY, days=-1, at=time(13), move=Move.BACKWARD),
        # Four days: a ceremony on the Tuesday after a holiday is recalled on the Friday.
        audience={
            "who": "participants",
            "states": [State.CONFIRMED.value],
            "raises_flag": True,
            "ceremony": _CEREMONY_STANDS,
            "ceremony_within_days": 4,
        },
        to_whom="Celles dont la cérémonie a lieu le lendemain, ou après la fin de semaine.",
        stops_when="La cérémonie est annulée. Reportée, elle est rappelée la veille de sa nouvelle date.",
        group_by_address=False,
    ),
    _service(
        key="photo",
        line=20,
        title="Envoyez votre photo",
        rule=Rule(anchor=Anchor.CEREMONY, hours=1, minutes=30, at=None),
        audience={
            "who": "participants",
            "states": _TAKES_PART,
            "raises_flag": True,
            "ceremony": [*_CEREMONY_STANDS, EventState.HELD.value],
            "ceremony_passed": True,
            "photo_missing": True,
        },
        to_whom="Celles dont la cérémonie vient d’avoir lieu.",
        stops_when="La photo est reçue, ou la cérémonie est annulée.",
        group_by_address=False,
    ),
    _service(
        key="merci",
        line=21,
        title="Merci et chiffre du jour",
        rule=Rule(at=time(16)),
        audience={"who": "participants", "states": _TAKES_PART},
        to_whom="Toutes les participantes.",
        stops_when=_ONCE,
    ),
    # Line 22, the World Children's Day, is a banner on the pages: no mail.
    _service(
        key="bilan",
        line=23,
        title="Bilan éclair",
        rule=Rule(anchor=Anchor.CEREMONY, days=7),
        audience={"who": "participants", "states": _TAKES_PART, "report": _NO_REPORT},
        to_whom="Les participantes sans bilan, une semaine après leur cérémonie.",
        stops_when="Le bilan est reçu.",
        group_by_address=False,
    ),
    _service(
        key="rappel-bilan",
        line=24,
        title="Rappel du bilan et attestation",
        rule=Rule(anchor=Anchor.CEREMONY, days=14),
        audience={"who": "participants", "states": _TAKES_PART, "report": _NO_REPORT},
        to_whom="Les participantes sans bilan, deux semaines après leur cérémonie.",
        stops_when="Le bilan est reçu.",
        group_by_address=False,
    ),
    _service(
        key="bilan-regional",
        line=25,
        title="Bilan régional",
        rule=Rule(days=30),
        audience={"who": "coordination"},
        to_whom="Les coordonnatrices et coordonnateurs de région, qui font le dernier rappel.",
        stops_when=_ONCE,
    ),
    _solicitation(
        key="bilan-public",
        line=26,
        title="Bilan public et prochaine édition",
        rule=Rule(days=60),
        audience={"who": "participants", "states": _TAKES_PART},
        to_whom="Toutes les participantes.",
        stops_when=_ONCE,
    ),
    StandardMailing(
        key="conservation",
        line=27,
        title="Renseignements à supprimer et contacts à vérifier",
        mailing_class=MailingClass.TEAM,
        nature=Nature.SERVICE,
        rule=Rule(days=90),
        audience={"who": "equipe"},
        to_whom="L’équipe.",
        stops_when=_ONCE,
    ),
)

_BY_KEY: Mapping[str, StandardMailing] = {mailing.key: mailing for mailing in STANDARD}


def find_standard(key: str) -> StandardMailing | None:
    """The entry of that key; None for a mailing that the organizers added."""
    return _BY_KEY.get(key)


@cache
def texts_of(key: str) -> Mapping[tuple[str, str], Text]:
    """The first words of a mailing, by variant (empty when it has none) and language; none for an added one.

    One English version serves all variants.
    """
    if key not in _BY_KEY:
        return {}
    return {
        _variant_and_language(found): parse(file.read_text(encoding="utf-8"))
        for file in sorted(TEXTS.iterdir())
        if (found := re.fullmatch(rf"{re.escape(key)}(?:\.([a-z-]+))?\.txt", file.name))
    }


def _variant_and_language(found: re.Match[str]) -> tuple[str, str]:
    """« invitation.de-retour.txt », « invitation.en.txt », « merci.txt »."""
    suffix = found[1] or ""
    return ("", ENGLISH) if suffix == ENGLISH else (suffix, "fr")
