"""The whole story of one address: what allowed us to write to it, what left, what came back, what it refused.

Whoever sends must prove it (LCAP art. 13), and whoever receives may ask to see it (Loi 25). An address is
never in a URL: a page is named by a row that speaks of it (`c12` a contact, `t7` a town hall's mailbox, `m3`
a message…).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload

from campaign import clock
from campaign.contacts import queries as contacts
from campaign.contacts.basis import BASIS_WORDS, PURPOSE_WORDS, Found, Missing
from campaign.contacts.models import Consent, Contact, ContactMove, Purpose
from campaign.contacts.queries import Person, Regions
from campaign.contacts.words import CHANGE_WORDS
from campaign.db import Model, db
from campaign.errors import NotFound
from campaign.i18n import _
from campaign.mailings.audiences import LABELS
from campaign.mailings.models import Decision, Mailing, Recipient, RecipientTerritory
from campaign.mailings.unsubscribing import list_unsubscriptions, scope_words
from campaign.outbox.models import Message, ProviderEvent, Suppression, Unsubscription
from campaign.outbox.words import MESSAGE_STATES, PROVIDER_EVENTS
from campaign.territory.models import Territory
from campaign.web.filters import NBSP, long_date, stamp

_KEY = re.compile(r"([a-z])([1-9][0-9]{0,17})")


class Topic(StrEnum):
    """What a line of the story is about."""

    RIGHT = "droit"
    WITHDRAWAL = "retrait d’un droit"
    CONTACT = "fiche"
    MAILING = "envoi"
    MESSAGE = "message"
    EVENT = "nouvelle du fournisseur"
    UNSUBSCRIPTION = "désabonnement"
    SUPPRESSION = "retenue"


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One line of the story."""

    at: datetime
    topic: Topic
    title: str
    detail: str = ""
    message_id: int | None = None
    """The message to open, when there is one."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """All that is known of an address, the latest first, as far as whoever asks may see."""

    email: str
    person: Person
    rights: tuple[tuple[Purpose, Found | Missing], ...]
    unsubscriptions: tuple[Unsubscription, ...]
    suppression: Suppression | None
    happenings: tuple[Happening, ...]


# --- which address ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Trace:
    """A table whose rows name an address: the letter of its keys, and where the address is."""

    letter: str
    number: Any
    email: Any


_TRACES = (
    _Trace("c", Contact.id, Contact.email),
    _Trace("t", Territory.id, sa.func.lower(Territory.email)),
    _Trace("m", Message.id, Message.to_email),
    _Trace("d", Unsubscription.id, Unsubscription.email),
    _Trace("k", Consent.id, Consent.email),
    _Trace("n", ContactMove.id, ContactMove.email),
    _Trace("r", Recipient.id, Recipient.email),
    _Trace("e", ProviderEvent.id, ProviderEvent.email),
)
"""The oldest acquaintance first: its key is the one that pages are named by."""


def find_key(email: str, *, regions: Regions) -> str | None:
    """How the page of that address is named; None when we know nothing of it, or not in these regions."""
    address = email.strip().lower()
    if not address or not is_visible(address, regions=regions):
        return None
    for trace in _TRACES:
        number = db.session.scalar(sa.select(sa.func.min(trace.number)).where(trace.email == address))
        if number is not None:
            return f"{trace.letter}{number}"
    return None


def get_address(key: str, *, regions: Regions) -> str:
    """The address of that page."""
    match = _KEY.fullmatch(key)
    trace = next((each for each in _TRACES if match and each.letter == match[1]), None)
    email: str | None = None
    if match and trace:
        email = db.session.scalar(sa.select(trace.email).where(trace.number == int(match[2])))
    if not email or not is_visible(email, regions=regions):
        raise NotFound(_("Cette adresse n’existe pas, ou n’est pas dans vos régions."))
    return email


def is_visible(email: str, *, regions: Regions) -> bool:
    """The address answers for one of these regions, or was written to about it."""
    if regions is None:
        return True
    asked = (
        sa.select(Contact.id)
        .outerjoin(Territory, Territory.id == Contact.territory_id)
        .where(Contact.email == email, contacts.region_of_row().in_(regions)),
        sa.select(Territory.id).where(
            sa.func.lower(Territory.email) == email, Territory.region_code.in_(regions)
        ),
        sa.select(Message.id).where(Message.to_email == email, _is_about(regions)),
    )
    return any(db.session.scalar(each.limit(1)) is not None for each in asked)


# --- what happened ------------------------------------------------------------------------------------


def tell(email: str, *, regions: Regions, now: datetime) -> Story:
    """The story of that address; of what is about a place, only that of these regions."""
    person = contacts.load_people([email], regions=regions, with_those_who_left=True)[0]
    today = clock.today(now)
    left = tuple(list_unsubscriptions(email))
    suppression = db.session.get(Suppression, email)
    happenings = [
        *_of_rights(person.consents),
        *_of_contact(email),
        *_of_mailings(email, regions),
        *_of_messages(email, regions),
        *_of_unsubscriptions(left),
        *_of_suppression(suppression),
    ]
    return Story(
        email=email,
        person=person,
        rights=tuple((purpose, person.basis_for(purpose, today)) for purpose in Purpose),
        unsubscriptions=left,
        suppression=suppression,
        happenings=tuple(sorted(happenings, key=lambda each: each.at, reverse=True)),
    )


def _of_rights(consents: Sequence[Consent]) -> Iterator[Happening]:
    for consent in consents:
        name = f"{BASIS_WORDS[consent.basis]}{NBSP}: {PURPOSE_WORDS[consent.purpose]}"
        yield Happening(
            at=consent.since, topic=Topic.RIGHT, title=name, detail=_joined(*_proof_of(consent).values())
        )
        if consent.withdrawn_at is not None:
            yield Happening(
                at=consent.withdrawn_at,
                topic=Topic.WITHDRAWAL,
                title=name,
                detail=consent.withdrawn_because,
            )


def _proof_of(consent: Consent) -> dict[str, str]:
    """The proof, each part with its name, as it is shown and exported."""
    return {
        "formulaire": consent.form,
        "source": consent.source,
        "version du texte": f"version {consent.text_version}" if consent.text_version else "",
        "langue": consent.language.value,
        "adresse IP": f"IP {consent.ip}" if consent.ip else "",
        "noté par": consent.author,
        "terme": f"bon avant le {long_date(consent.expires_on)}" if consent.expires_on else "",
    }


def _of_contact(email: str) -> Iterator[Happening]:
    for move in contacts.list_moves(email):
        yield Happening(
            at=move.moved_at,
            topic=Topic.CONTACT,
            title=CHANGE_WORDS[move.change],
            detail=_joined(move.author, move.detail),
        )


def _of_mailings(email: str, regions: Regions) -> Iterator[Happening]:
    considered = (
        sa.select(Recipient, Mailing.title)
        .join(Mailing, Mailing.id == Recipient.mailing_id)
        .where(Recipient.email == email)
    )
    if regions is not None:
        considered = considered.where(Recipient.id.in_(_considered_in(regions)))
    for recipient, title in db.session.execute(considered):
        is_included = recipient.decision is Decision.INCLUDED
        reason = recipient.detail or _reason(recipient.reason)
        yield Happening(
            at=recipient.decided_at,
            topic=Topic.MAILING,
            title=f"«{NBSP}{title}{NBSP}»{NBSP}: {'incluse' if is_included else 'exclue'}",
            detail=_joined(recipient.name, reason),
            message_id=recipient.message_id,
        )


def _considered_in(regions: frozenset[str]) -> sa.Select[int]:
    """The rows of the ledger about a place of these regions."""
    return (
        sa.select(RecipientTerritory.recipient_id)
        .join(Territory, Territory.id == RecipientTerritory.territory_id)
        .where(Territory.region_code.in_(regions))
    )


def _reason(value: str) -> str:
    return next((words for reason, words in LABELS.items() if reason == value), value)


def _of_messages(email: str, regions: Regions) -> Iterator[Happening]:
    written = (
        sa.select(Message)
        .where(Message.to_email == email)
        .options(defer(Message.text), defer(Message.html), defer(Message.values), joinedload(Message.stencil))
    )
    if regions is not None:
        written = written.where(_is_about(regions))
    subjects: dict[int, str] = {}
    for message in db.session.scalars(written):
        subjects[message.id] = message.subject
        yield Happening(
            at=message.sent_at or message.created_at,
            topic=Topic.MESSAGE,
            title=f"«{NBSP}{message.subject}{NBSP}»{NBSP}: {_lowered(MESSAGE_STATES[message.state])}",
            detail=_joined(f"écrit le {stamp(message.created_at)}", message.stream.value, message.last_error),
            message_id=message.id,
        )
    yield from _of_events(email, subjects, sees_all=regions is None)


def _is_about(regions: frozenset[str]) -> sa.ColumnElement[bool]:
    """The message is about a place of these regions, by what it says or by the ledger of its mailing."""
    codes = sa.select(Territory.geo_code).where(Territory.region_code.in_(regions))
    grouped = sa.select(Recipient.message_id).where(
        Recipient.message_id == Message.id, Recipient.id.in_(_considered_in(regions))
    )
    return sa.or_(Message.regarding.in_(codes), grouped.exists())


def _of_events(email: str, subjects: Mapping[int, str], *, sees_all: bool) -> Iterator[Happening]:
    """What the provider told of these messages, and of the address itself for those who see everything."""
    told = sa.select(ProviderEvent).where(
        sa.or_(ProviderEvent.email == email, ProviderEvent.message_pk.in_(list(subjects)))
    )
    for event in db.session.scalars(told):
        subject = subjects.get(event.message_pk or 0)
        if subject is None and not sees_all:
            continue
        about = f"«{NBSP}{subject}{NBSP}»{NBSP}: " if subject else ""
        words = PROVIDER_EVENTS.get(event.kind, event.kind)
        yield Happening(
            at=event.occurred_at,
            topic=Topic.EVENT,
            title=f"{about}{_lowered(words) if about else words}",
            detail=event.effect,
            message_id=event.message_pk if subject else None,
        )


def _of_unsubscriptions(left: Sequence[Unsubscription]) -> Iterator[Happening]:
    for each in left:
        yield Happening(
            at=each.since,
            topic=Topic.UNSUBSCRIPTION,
            title=_("A quitté %(what)s", what=scope_words(each)),
            detail=each.origin,
        )


def _of_suppression(suppression: Suppression | None) -> Iterator[Happening]:
    if suppression is not None:
        yield Happening(
            at=suppression.since,
            topic=Topic.SUPPRESSION,
            title=_("Plus rien ne part à cette adresse"),
            detail=suppression.reason,
        )


def _joined(*parts: str) -> str:
    return " – ".join(part for part in parts if part)


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:]


# --- to take elsewhere --------------------------------------------------------------------------------

HEADER = ("date et heure (ISO)", "date et heure", "sujet", "titre", "précisions", "message")


def csv_rows(story: Story) -> Iterator[tuple[str, ...]]:
    """The story, a line for each thing, the oldest first."""
    for each in reversed(story.happenings):
        number = str(each.message_id) if each.message_id else ""
        yield each.at.isoformat(), stamp(each.at), each.topic.value, each.title, each.detail, number


def to_json(story: Story, now: datetime) -> dict[str, Any]:
    """The story as data, with every part of every proof."""
    return {
        "adresse": story.email,
        "en_date_du": now.isoformat(),
        "ne_pas_solliciter": story.person.is_barred,
        "retenue": _told(story.suppression, "since", "reason"),
        "desabonnements": [
            _told(each, "scope", "campaign", "since", "origin") for each in story.unsubscriptions
        ],
        "droits_du_jour": [_right(purpose, right) for purpose, right in story.rights],
        "consentements": [
            _told(
                each, "purpose", "basis", "since", "expires_on", "form", "text_version", "language", "ip",
                "source", "author", "withdrawn_at", "withdrawn_because",
            )
            for each in story.person.consents
        ],
        "fiches": [
            _told(
                each, "kind", "first_name", "last_name", "role", "organization", "phone", "extension",
                "language", "source", "created_at", "left_at",
            )
            for each in story.person.rows
        ],
        "histoire": [
            {
                "quand": each.at.isoformat(),
                "sujet": each.topic.value,
                "titre": each.title,
                "precisions": each.detail,
                "message": each.message_id,
            }
            for each in reversed(story.happenings)
        ],
    }  # fmt: skip


def _right(purpose: Purpose, right: Found | Missing) -> dict[str, object]:
    if isinstance(right, Missing):
        return {"usage": purpose.value, "base": None, "raison": right.sentence}
    expires_on = right.expires_on.isoformat() if right.expires_on else None
    return {"usage": purpose.value, "base": right.basis.value, "terme": expires_on, "preuve": right.proof}


def _told(row: Model | None, *names: str) -> dict[str, object] | None:
    """These columns of a row, as text that any program reads."""
    if row is None:
        return None
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: object) -> object:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value
