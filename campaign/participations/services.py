"""Registering, changing, postponing, declining: each step is recorded with who, when, from where and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload

from campaign import clock
from campaign.campaigns.models import Edition
from campaign.contacts import services as contacts
from campaign.contacts.models import Basis, Contact, Purpose
from campaign.db import db, insert_at_once, key_of, table_of, update_at_once
from campaign.errors import Conflict, NotFound
from campaign.events import services as events
from campaign.events.models import Event, EventKind, EventState
from campaign.events.services import When
from campaign.participations import links, states
from campaign.participations.details import ParticipationDetails, Person
from campaign.participations.models import (
    Channel,
    KitState,
    Participation,
    ParticipationMove,
    ResolutionState,
    State,
    SubmissionReceipt,
    Track,
)
from campaign.territory import grammar
from campaign.territory.models import Territory, TerritoryKind

NOTICE_VERSION = "2026-11"
"""The privacy notice shown with the form when these answers were given."""


@dataclass(frozen=True, kw_only=True)
class Author:
    """Who acts, and from where. The name is what the team reads in the history."""

    name: str
    channel: Channel
    is_team: bool = False
    ip: str = ""
    """The network address of whoever filled the form: kept as the proof of a consent, and nowhere else."""


MUNICIPALITY_BY_LINK = Author(name="La municipalité, par son lien personnel", channel=Channel.LINK)
MUNICIPALITY_BY_FORM = Author(name="Le formulaire public", channel=Channel.WEB)
MUNICIPALITY_BY_MAIL = Author(name="La municipalité, par courriel", channel=Channel.MAIL)


class AlreadyRegistered(Conflict):
    """Somebody of the municipality was first; `by` is their name, masked."""

    def __init__(self, participation: Participation, by: str) -> None:
        self.participation_id = participation.id
        self.by = by
        super().__init__("Votre municipalité est déjà inscrite par une personne de votre équipe.")


class ChangedMeanwhile(Conflict):
    """The participation was changed by somebody else since the form was opened."""


# --- finding the one participation ----------------------------------------------------------------


# Made once: putting such a statement together costs more than running it.
_editions = table_of(Edition)
_LOADED = sa.select(Participation).options(
    joinedload(Participation.edition),
    joinedload(Participation.territory).joinedload(Territory.mrc),
    joinedload(Participation.territory).joinedload(Territory.region),
    joinedload(Participation.event).selectinload(Event.sessions),
    joinedload(Participation.contact),
    joinedload(Participation.second_contact),
)
_THE_ONE = (
    Participation.edition_id == sa.bindparam("edition_id"),
    Participation.territory_id == sa.bindparam("territory_id"),
)
_OF_TERRITORY = _LOADED.where(*_THE_ONE)
_IS_IT = Participation.id == sa.bindparam("id")
_BY_ID = _LOADED.where(_IS_IT)
_LOCK = (
    sa.select(Participation)
    .options(joinedload(Participation.edition), joinedload(Participation.territory))
    .where(*_THE_ONE)
    .with_for_update(of=Participation)
)
_LAST = (
    _LOADED.join(Edition, Participation.edition_id == Edition.id)
    .where(
        Participation.territory_id == sa.bindparam("territory_id"),
        Participation.state.in_(states.COUNTED),
        Edition.number < sa.bindparam("number"),
    )
    .order_by(Edition.number.desc())
    .limit(1)
)
_NEXT_NUMBER = (
    sa.update(_editions)
    .where(_editions.c.id == sa.bindparam("edition_id"))
    .values(last_number=_editions.c.last_number + 1)
    .returning(_editions.c.last_number)
)
_RECORD = sa.insert(table_of(ParticipationMove))
_REMEMBER = sa.insert(table_of(SubmissionReceipt))
_CONTACTS = (
    sa.select(Contact)
    .where(
        Contact.territory_id == sa.bindparam("territory_id"),
        Contact.email.in_(sa.bindparam("emails", expanding=True)),
    )
    .order_by(Contact.id)
)


def find_participation(edition_id: int, territory_id: int) -> Participation | None:
    """The participation with all that its pages show, or None when the municipality never answered."""
    return db.session.scalar(_OF_TERRITORY, {"edition_id": edition_id, "territory_id": territory_id})


def get_participation(participation_id: int) -> Participation:
    """That participation with all that its pages show."""
    found = db.session.scalar(_BY_ID, {"id": participation_id})
    if found is None:
        raise NotFound("Cette participation n’existe pas.")
    return found


def find_last(edition: Edition, territory_id: int) -> Participation | None:
    """The most recent participation of an earlier edition that took place, to fill the form with."""
    asked = {"territory_id": territory_id, "number": edition.number}
    found: Participation | None = db.session.scalar(_LAST, asked)
    return found


def claim(edition: Edition, territory: Territory, *, author: Author, now: datetime) -> Participation:
    """The single participation of that territory in that edition, locked until the transaction ends.

    The database's unique constraint makes it single: of two people in the same second, one waits here and
    then sees what the other did.
    """
    the_one = {"edition_id": key_of(edition), "territory_id": key_of(territory)}
    again = {"populate_existing": True}
    claimed = db.session.scalar(_LOCK, the_one, execution_options=again)
    if claimed is None:
        _insert_unless_known(territory, the_one, author=author, now=now)
        claimed = db.session.scalars(_LOCK, the_one, execution_options=again).one()
    if claimed.event_id or claimed.contact_id or claimed.second_contact_id:
        # Once locked, it is read again whole: what another transaction has just written comes with it.
        return db.session.scalars(_BY_ID, {"id": claimed.id}, execution_options=again).one()
    return claimed


def _insert_unless_known(
    territory: Territory, the_one: dict[str, int], *, author: Author, now: datetime
) -> None:
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    db.session.execute(
        insert(Participation)
        .values(
            **the_one,
            territory_name=territory.name,
            state=State.NOT_INVITED,
            channel=author.channel,
            modes=[],
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=["edition_id", "territory_id"])
    )


# --- the record of moves --------------------------------------------------------------------------


def _record(
    participation: Participation,
    track: Track,
    *,
    before: str,
    after: str,
    author: Author,
    now: datetime,
    reason: str = "",
) -> None:
    move = {
        "participation_id": participation.id,
        "track": track,
        "before": before,
        "after": after,
        "author": author.name,
        "channel": author.channel,
        "reason": reason,
        "moved_at": now,
    }
    db.session.connection().execute(_RECORD, move)
    participation.updated_at = now


def move(participation: Participation, to: State, *, author: Author, now: datetime, reason: str = "") -> None:
    """Change the main state, if that move exists; `Conflict` otherwise. Staying where it is does nothing."""
    if participation.state is to:
        return
    states.check(participation.state, to, by_team=author.is_team)
    if to is State.DISCARDED and participation.merged_into_id is None:
        raise Conflict("Une fiche écartée renvoie à celle qui la remplace. Choisissez la fiche à garder.")
    _record(
        participation,
        Track.STATE,
        before=participation.state.value,
        after=to.value,
        author=author,
        now=now,
        reason=reason,
    )
    participation.state = to
    _show_or_hide(participation, now)


def _show_or_hide(participation: Participation, now: datetime) -> None:
    """The ceremony is public when the participation counts and the team has nothing left to check."""
    event = participation.event
    if event is None:
        return
    if participation.state in states.COUNTED and not participation.needs_review:
        events.publish(event, now=now)
    elif participation.state is not State.CANCELLED:
        events.withdraw(event, now=now)


# --- registering ----------------------------------------------------------------------------------


def register(
    edition: Edition,
    territory: Territory,
    details: ParticipationDetails,
    *,
    author: Author,
    now: datetime,
    receipt: str = "",
    needs_review: bool = False,
    corrects: int | None = None,
) -> Participation:
    """« Inscrite (à confirmer) »: it takes part once its address is verified or the team confirms.

    The same `receipt` sent twice gives the same participation. `corrects` is the participation that the same
    person sent before: as long as its address is not verified, their new answers replace the first ones.
    Raises `AlreadyRegistered` when somebody else was first.
    """
    participation = claim(edition, territory, author=author, now=now)
    if participation.state not in states.WAITING:
        if receipt and _is_receipt_of(receipt, participation):
            return participation
        is_own = participation.state is State.REGISTERED and participation.id == corrects
        if is_own or _may_be_taken_over(participation, author, needs_review=needs_review):
            participation.needs_review = needs_review
            after = "corrigée avant confirmation" if is_own else "reprise par la municipalité"
            return _take_over(participation, details, after, author=author, now=now, receipt=receipt)
        raise AlreadyRegistered(participation, masked_name(participation.contact))
    _write(participation, details, author=author, now=now)
    participation.channel = author.channel
    participation.registered_at = now
    # The link may be in the hands of the very person whom the team has yet to look at: it lifts no doubt.
    is_doubtful = author.channel is Channel.LINK and participation.needs_review
    participation.needs_review = needs_review or is_doubtful
    participation.notice_version = NOTICE_VERSION
    participation.decides_on = None
    if participation.state in (State.CANCELLED, State.DISCARDED):
        _start_anew(participation, author=author, now=now)
    else:
        move(participation, State.REGISTERED, author=author, now=now)
    if receipt:
        _remember(receipt, participation, now)
    # Last: until the end of the transaction, all who register wait here for their own number.
    participation.number = participation.number or _next_number(edition)
    update_at_once(participation)
    return participation


def _start_anew(participation: Participation, *, author: Author, now: datetime) -> None:
    """Back by a fresh form: the table has no such move, because the proof of address is asked again."""
    _record(
        participation,
        Track.STATE,
        before=participation.state.value,
        after=State.REGISTERED.value,
        author=author,
        now=now,
        reason="Nouvelle inscription",
    )
    participation.state, participation.merged_into_id = State.REGISTERED, None
    _reinstate_ceremony(participation, author=author, now=now)
    _show_or_hide(participation, now)


def _reinstate_ceremony(participation: Participation, *, author: Author, now: datetime) -> None:
    event = participation.event
    if event is not None and event.state is EventState.CANCELLED and participation.raises_flag:
        events.reinstate(event, now=now)
        _record_ceremony(participation, EventState.CANCELLED, author=author, now=now)


def _may_be_taken_over(participation: Participation, author: Author, *, needs_review: bool) -> bool:
    """A stranger's unverified registration never keeps the town hall out."""
    return (
        participation.state is State.REGISTERED
        and participation.needs_review
        and not needs_review
        and not author.is_team
    )


def _take_over(
    participation: Participation,
    details: ParticipationDetails,
    after: str,
    *,
    author: Author,
    now: datetime,
    receipt: str,
) -> Participation:
    participation.channel = author.channel
    participation.registered_at = now
    participation.contact = None
    _write(participation, details, author=author, now=now)
    _record(participation, Track.DETAILS, before="", after=after, author=author, now=now)
    if receipt:
        _remember(receipt, participation, now)
    return participation


def _remember(receipt: str, participation: Participation, now: datetime) -> None:
    sent = {"key": receipt, "participation_id": participation.id, "received_at": now}
    db.session.connection().execute(_REMEMBER, sent)


def _is_receipt_of(receipt: str, participation: Participation) -> bool:
    known = db.session.get(SubmissionReceipt, receipt)
    return known is not None and known.participation_id == participation.id


def _next_number(edition: Edition) -> int:
    number: int = db.session.connection().scalars(_NEXT_NUMBER, {"edition_id": edition.id}).one()
    return number


def confirm(participation: Participation, *, author: Author, now: datetime, reason: str = "") -> None:
    """The address is verified, or the municipality said so by telephone: it counts from now on."""
    if participation.state in states.COUNTED:
        return
    participation.confirmed_at = now
    move(participation, State.CONFIRMED, author=author, now=now, reason=reason)
    _reinstate_ceremony(participation, author=author, now=now)


def confirm_by_proof(token: str, *, now: datetime) -> Participation:
    """The button of the verification letter was pressed; pressing it again changes nothing.

    Raises `NotFound` or `Gone` like `links.get_proof`.
    """
    participation_id = links.get_proof(token, now=now).participation_id
    lock = sa.select(Participation.id).where(Participation.id == participation_id).with_for_update()
    db.session.execute(lock)
    db.session.expire_all()  # of two presses at once, the second sees what the first did
    proof = links.get_proof(token, now=now)
    participation = get_participation(participation_id)
    if proof.used_at is None:
        proof.used_at = now
        if participation.contact and not participation.needs_review:
            participation.contact.email_verified_at = now
        if participation.state is State.REGISTERED:
            confirm(participation, author=MUNICIPALITY_BY_MAIL, now=now, reason="Adresse vérifiée")
    return participation


def approve(participation: Participation, *, author: Author, now: datetime) -> None:
    """The team has looked: the public may see it."""
    if not participation.needs_review:
        return
    participation.needs_review = False
    if participation.contact is not None and participation.state in states.COUNTED:
        participation.contact.email_verified_at = now
    _record(participation, Track.REVIEW, before="à vérifier", after="vérifiée", author=author, now=now)
    _show_or_hide(participation, now)


def masked_name(contact: Contact | None) -> str:
    """« M. T. » for Manon Tremblay: enough for colleagues, too little for a stranger."""
    if contact is None:
        return ""
    return " ".join(f"{part[0]}." for part in (contact.first_name, contact.last_name) if part)


# --- changing -------------------------------------------------------------------------------------


def revise(
    participation: Participation,
    details: ParticipationDetails,
    *,
    author: Author,
    now: datetime,
    seen: str | None = None,
) -> None:
    """Correct the answers. `seen` is the version the person had before their eyes."""
    if seen is not None and seen != version_of(participation):
        raise ChangedMeanwhile(
            "Une autre personne a modifié cette inscription pendant que vous écriviez. "
            "Relisez, puis envoyez de nouveau pour garder vos réponses."
        )
    _write(participation, details, author=author, now=now)
    _record(participation, Track.DETAILS, before="", after="corrigée", author=author, now=now)
    _show_or_hide(participation, now)


def version_of(participation: Participation | None) -> str:
    """A mark that changes with each change of the participation."""
    return "" if participation is None else participation.updated_at.isoformat()


def _write(
    participation: Participation, details: ParticipationDetails, *, author: Author, now: datetime
) -> None:
    """All the answers, written together: what has to be asked of the database is asked before them."""
    known = _known_contacts(participation, details)
    with db.session.no_autoflush:
        _write_answers(participation, details, known, author=author, now=now)


def _known_contacts(participation: Participation, details: ParticipationDetails) -> dict[str, Contact]:
    """The contacts of this municipality that have the addresses given, by address."""
    emails = [person.email for person in (details.contact, details.second_contact) if person.email]
    asked = {"territory_id": participation.territory_id, "emails": emails}
    return {contact.email: contact for contact in reversed(db.session.scalars(_CONTACTS, asked).all())}


def _write_answers(
    participation: Participation,
    details: ParticipationDetails,
    known: dict[str, Contact],
    *,
    author: Author,
    now: datetime,
) -> None:
    copied = (
        "other_mode", "lowered_on", "mast", "children", "children_count", "childcare", "elected_name",
        "elected_role", "plan_b", "plan_b_on", "plan_b_place", "kit_flags", "kit_posters", "kit_stickers",
        "kit_blankets", "delivery_address", "delivery_hours", "delivery_attention", "media_may_call",
        "language", "is_child_friendly",
    )  # fmt: skip
    for name in copied:
        setattr(participation, name, getattr(details, name))
    participation.modes = [mode.value for mode in details.modes]
    _write_resolution(participation, details, author=author, now=now)
    _write_kit(participation, details.kit_state, author=author, now=now)
    participation.contact = _contact(participation, details.contact, details, known, author, now)
    second = details.second_contact
    participation.second_contact = (
        _contact(participation, second, details, known, author, now) if second.email else None
    )
    _write_ceremony(participation, details, author=author, now=now)
    participation.updated_at = now


def _contact(
    participation: Participation,
    person: Person,
    details: ParticipationDetails,
    known: dict[str, Contact],
    author: Author,
    now: datetime,
) -> Contact | None:
    """The contact of that address in this municipality, brought up to date; a new one otherwise.

    The public form proves nothing yet: it changes nothing of somebody whose address was verified before.
    """
    if not person.email:
        return participation.contact
    contact = known.get(person.email)
    if (
        contact is not None
        and contact.email_verified_at is not None
        and author.channel is Channel.WEB
        and not author.is_team
    ):
        return contact
    told = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "role": person.role,
        "phone": person.phone,
        "extension": person.extension,
        "language": details.language,
        "left_at": None,
    }
    if contact is None:
        contact = Contact(
            territory_id=participation.territory_id,
            email=person.email,
            source=f"Inscription de {participation.edition.year}",
            created_at=now,
            **told,
        )
        insert_at_once(contact)
        known[person.email] = contact
    else:
        for name, value in told.items():
            setattr(contact, name, value)
    if details.wants_newsletter and person is details.contact:
        contact.newsletter_consented_at = contact.newsletter_consented_at or now
        _keep_consent(contact, details, author, now)
    return contact


def _keep_consent(contact: Contact, details: ParticipationDetails, author: Author, now: datetime) -> None:
    """The box of the newsletter was ticked: with its proof, since the sender must show it (LCAP art. 13)."""
    contacts.record_consent(
        contact.email,
        purpose=Purpose.NEWSLETTER,
        basis=Basis.EXPRESS,
        since=now,
        proof=contacts.Proof(
            form="Formulaire d’inscription, case de l’infolettre",
            text_version=NOTICE_VERSION,
            language=details.language,
            ip=author.ip,
            author=author.name,
        ),
    )


def _write_resolution(
    participation: Participation, details: ParticipationDetails, *, author: Author, now: datetime
) -> None:
    before = participation.resolution_state
    participation.resolution_state = details.resolution_state
    participation.resolution_on, participation.resolution_number = (
        details.resolution_on,
        details.resolution_number,
    )
    if before is not details.resolution_state and participation.id:
        _record(
            participation,
            Track.RESOLUTION,
            before=before.value if before else "",
            after=details.resolution_state.value,
            author=author,
            now=now,
        )


_KIT_UNDER_WAY = frozenset({KitState.IN_PREPARATION, KitState.SHIPPED, KitState.RECEIVED, KitState.RETURNING})


def _write_kit(participation: Participation, wanted: KitState, *, author: Author, now: datetime) -> None:
    before = participation.kit_state
    if before in _KIT_UNDER_WAY or before is wanted:
        return  # the shipment has begun: the form no longer decides
    participation.kit_state = wanted
    _record(participation, Track.KIT, before=before.value, after=wanted.value, author=author, now=now)


def ceremony_title(territory: Territory) -> str:
    """« Lever du drapeau aux Escoumins », « … à la MRC des Maskoutains »"""
    if territory.kind is TerritoryKind.MRC:
        return f"Lever du drapeau à la {grammar.legal_name('MRC', territory.name, territory.de_form)}"
    return f"Lever du drapeau {grammar.with_a(territory.name, territory.a_form)}"


def _write_ceremony(
    participation: Participation, details: ParticipationDetails, *, author: Author, now: datetime
) -> None:
    event = participation.event
    if not details.raises_flag or details.flag_on is None:
        if event is not None:
            cancel_ceremony(
                participation, reason="La municipalité participe autrement.", author=author, now=now
            )
        return
    when = When(day=details.flag_on, at=details.flag_time)
    if event is None:
        territory = participation.territory
        title = ceremony_title(territory)
        participation.event = events.plan(
            kind=EventKind.FLAG_RAISING,
            edition_id=participation.edition_id,
            territory_id=participation.territory_id,
            title=title,
            slug=f"{title} {participation.edition.year}",
            when=when,
            place=details.place,
            zone=territory.time_zone,
            opening=details.opening,
            description=details.bad_weather,
            now=now,
        )
        _record(
            participation,
            Track.CEREMONY,
            before=EventState.TO_PLAN.value,
            after=EventState.PLANNED.value,
            author=author,
            now=now,
        )
        return
    if participation.state not in (State.CANCELLED, State.DISCARDED):
        _reinstate_ceremony(participation, author=author, now=now)
    events.change(
        event,
        when=when,
        place=details.place,
        opening=details.opening,
        description=details.bad_weather,
        is_indoors=event.is_indoors and event.place == details.place,
        now=now,
    )


# --- the ceremony ---------------------------------------------------------------------------------


def _ceremony(participation: Participation) -> Event:
    if participation.event is None:
        raise Conflict("Aucune cérémonie n’est prévue pour cette participation.")
    return participation.event


def _record_ceremony(
    participation: Participation, before: EventState, *, author: Author, now: datetime, reason: str = ""
) -> None:
    after = _ceremony(participation).state
    _record(
        participation,
        Track.CEREMONY,
        before=before.value,
        after=after.value,
        author=author,
        now=now,
        reason=reason,
    )


def postpone(
    participation: Participation, *, when: When, reason: str, author: Author, now: datetime, place: str = ""
) -> None:
    """« Reportée au … »; said twice (a double click), it is recorded once.

    The team may note afterwards that it took place on another day; a town hall postpones to a day to come.
    """
    event = _ceremony(participation)
    if abs(when.day.year - participation.edition.year) > 1:
        raise Conflict(
            f"Inscrivez une date de l’édition {participation.edition.year} : celle-ci en est loin."
        )
    if when.day < clock.today(now, event.time_zone) and not author.is_team:
        raise Conflict("Cette date est passée. Inscrivez le jour où la cérémonie aura lieu.")
    before = event.state
    if events.postpone(event, when=when, reason=reason, place=place or event.place, now=now):
        _record_ceremony(participation, before, author=author, now=now, reason=reason)


def move_indoors(
    participation: Participation, *, place: str, reason: str, author: Author, now: datetime
) -> None:
    """« À l’intérieur »: same day and hour, another place."""
    event = _ceremony(participation)
    if not events.move_indoors(event, place=place, reason=reason, now=now):
        return
    _record(
        participation,
        Track.CEREMONY,
        before=event.state.value,
        after="a_l_interieur",
        author=author,
        now=now,
        reason=reason,
    )


def cancel_ceremony(participation: Participation, *, reason: str, author: Author, now: datetime) -> None:
    """No flag is raised after all; the participation itself goes on."""
    event = _ceremony(participation)
    if event.state is EventState.CANCELLED:
        return
    before = event.state
    events.cancel(event, reason=reason, now=now)
    _record_ceremony(participation, before, author=author, now=now, reason=reason)


def reinstate_ceremony(
    participation: Participation, *, author: Author, now: datetime, reason: str = ""
) -> None:
    """It takes place after all: as planned before it was called off, or on its first day."""
    event = _ceremony(participation)
    before = event.state
    if before is EventState.CANCELLED:
        events.reinstate(event, now=now)
    elif not events.unpostpone(event, now=now):
        raise Conflict("La cérémonie n’est ni reportée ni annulée : il n’y a rien à rétablir.")
    _record_ceremony(participation, before, author=author, now=now, reason=reason)


def ceremony_restored(
    participation: Participation, before: EventState, *, author: Author, now: datetime, reason: str
) -> None:
    """A change of the ceremony was undone, and stands as it did before it: the file keeps both."""
    _record_ceremony(participation, before, author=author, now=now, reason=reason)


def mark_held(participation: Participation, *, author: Author, now: datetime, reason: str = "") -> None:
    """The ceremony took place: « réalisée » (from the report, or by the team with evidence)."""
    if participation.event is not None and participation.event.state is not EventState.HELD:
        before = participation.event.state
        events.mark_held(participation.event, now=now)
        _record_ceremony(participation, before, author=author, now=now, reason=reason)
    move(participation, State.DONE, author=author, now=now, reason=reason)


# --- answering otherwise --------------------------------------------------------------------------


def cancel(participation: Participation, *, reason: str, author: Author, now: datetime) -> None:
    """The municipality withdraws, and says why; it stays in history and may come back."""
    if participation.event is not None:
        cancel_ceremony(participation, reason=reason, author=author, now=now)
    move(participation, State.CANCELLED, author=author, now=now, reason=reason)


def reinstate(participation: Participation, *, author: Author, now: datetime, reason: str = "") -> None:
    """It takes part after all, with the same answers."""
    confirm(participation, author=author, now=now, reason=reason or "La participation est rétablie")


def reflect(
    edition: Edition, territory: Territory, *, decides_on: date | None, author: Author, now: datetime
) -> Participation:
    """« Pas encore décidé : prévenez-moi après la séance du conseil du … »"""
    participation = claim(edition, territory, author=author, now=now)
    move(participation, State.UNDECIDED, author=author, now=now)
    participation.decides_on = decides_on
    participation.updated_at = now
    return participation


def decline(
    edition: Edition, territory: Territory, *, author: Author, now: datetime, reason: str = ""
) -> Participation:
    """« Pas cette année »: no more solicitation for this edition; changing one's mind stays possible."""
    participation = claim(edition, territory, author=author, now=now)
    move(participation, State.DECLINED, author=author, now=now, reason=reason)
    return participation


def invite(edition: Edition, territory: Territory, *, author: Author, now: datetime) -> Participation:
    """The first message was delivered."""
    participation = claim(edition, territory, author=author, now=now)
    if participation.state is State.NOT_INVITED:
        move(participation, State.INVITED, author=author, now=now)
    return participation


def hand_over(
    edition: Edition, territory: Territory, successor: Person | None, *, author: Author, now: datetime
) -> Contact | None:
    """« Je ne suis plus la bonne personne »: the new one if known; whoever left gets nothing more.

    A person whom the team has yet to look at hands nothing over: it would shut the real town hall out.
    """
    participation = claim(edition, territory, author=author, now=now)
    if participation.needs_review and not author.is_team:
        raise Conflict(
            "L’équipe vérifie encore cette inscription. Vous pourrez changer de personne-ressource ensuite."
        )
    former = participation.contact
    if former is not None:
        former.left_at = now
    contact: Contact | None = None
    if successor is not None and successor.email:
        contact = db.session.scalar(
            sa.select(Contact).where(Contact.territory_id == territory.id, Contact.email == successor.email)
        ) or Contact(
            territory_id=territory.id,
            email=successor.email,
            source=f"Désignée par la municipalité en {edition.year}",
            created_at=now,
        )
        contact.first_name, contact.last_name, contact.role = (
            successor.first_name,
            successor.last_name,
            successor.role,
        )
        contact.left_at = None
        db.session.add(contact)
    participation.contact = contact
    _record(
        participation,
        Track.LINK,
        before="",
        after="nouvelle personne-ressource" if contact else "personne-ressource à trouver",
        author=author,
        now=now,
        reason="Je ne suis plus la bonne personne",
    )
    db.session.flush()
    return contact


# --- the other tracks -----------------------------------------------------------------------------


def set_resolution(
    participation: Participation,
    state: ResolutionState,
    *,
    on: date | None,
    number: str,
    author: Author,
    now: datetime,
) -> None:
    """The council has it on its agenda, adopted it or refused it."""
    before = participation.resolution_state
    participation.resolution_state = state
    participation.resolution_on, participation.resolution_number = on, number
    _record(
        participation,
        Track.RESOLUTION,
        before=before.value,
        after=state.value,
        author=author,
        now=now,
        reason=" ".join(part for part in (number, on.isoformat() if on else "") if part),
    )


def set_kit(
    participation: Participation, state: KitState, *, author: Author, now: datetime, reason: str = ""
) -> None:
    """Where the kit is."""
    if participation.kit_state is state:
        return
    before = participation.kit_state
    participation.kit_state = state
    _record(
        participation,
        Track.KIT,
        before=before.value,
        after=state.value,
        author=author,
        now=now,
        reason=reason,
    )


# --- merging --------------------------------------------------------------------------------------


def merge(
    duplicate: Participation, into: Participation, *, author: Author, now: datetime, reason: str
) -> None:
    """Set one record aside in favour of another of the same edition (wrong municipality, entered twice).

    When the surviving record has no registration yet, it takes the answers, the number and the ceremony.
    """
    if duplicate.id == into.id:
        raise Conflict("Une fiche ne peut pas être fusionnée avec elle-même.")
    if duplicate.edition_id != into.edition_id:
        raise Conflict("Les deux fiches doivent être de la même édition.")
    if into.state is State.DISCARDED:
        raise Conflict("La fiche à conserver est elle-même écartée.")
    former = duplicate.state
    duplicate.merged_into_id = into.id
    links.revoke_all(duplicate.edition_id, duplicate.territory_id, because="La fiche est écartée", now=now)
    if into.state in states.WAITING and former in states.COUNTED | {State.REGISTERED}:
        _hand_answers_over(duplicate, into, author=author, now=now)
        move(into, State.REGISTERED, author=author, now=now, reason=reason)
        if former in states.COUNTED:
            confirm(into, author=author, now=now, reason=reason)
    move(duplicate, State.DISCARDED, author=author, now=now, reason=reason)


def _hand_answers_over(
    source: Participation, target: Participation, *, author: Author, now: datetime
) -> None:
    """Everything follows, the kit included (domain §6.4: wrong municipality confirmed)."""
    from_fields = (
        "modes", "other_mode", "lowered_on", "mast", "children", "children_count", "childcare",
        "elected_name", "elected_role", "plan_b", "plan_b_on", "plan_b_place", "resolution_state",
        "resolution_on", "resolution_number", "kit_state", "kit_flags", "kit_posters", "kit_stickers",
        "kit_blankets", "delivery_address", "delivery_hours", "delivery_attention", "media_may_call",
        "language", "is_child_friendly", "registered_at", "needs_review",
    )  # fmt: skip
    for name in from_fields:
        setattr(target, name, getattr(source, name))
    number, event = source.number, source.event
    source.number, source.event = None, None
    db.session.flush()  # the number and the ceremony belong to one record at a time
    target.number, target.event = number, event
    target.contact = _moved_contact(source.contact, target, now) or target.contact
    target.second_contact = _moved_contact(source.second_contact, target, now)
    if event is not None:
        territory = target.territory
        events.relocate(
            event,
            territory_id=territory.id,
            title=ceremony_title(territory),
            zone=territory.time_zone,
            now=now,
        )
    _record(
        target,
        Track.DETAILS,
        before="",
        after=f"réponses reprises de {source.territory_name}",
        author=author,
        now=now,
    )


def _moved_contact(contact: Contact | None, target: Participation, now: datetime) -> Contact | None:
    """The same person as a contact of the right territory. To the wrong one they are nobody any more: it must
    neither see their name in its form nor send them its personal link."""
    if contact is None:
        return None
    kept = db.session.scalar(
        sa.select(Contact).where(Contact.territory_id == target.territory_id, Contact.email == contact.email)
    )
    if kept is None:
        kept = Contact(
            territory_id=target.territory_id, email=contact.email, source=contact.source, created_at=now
        )
        db.session.add(kept)
    for name in ("first_name", "last_name", "role", "phone", "extension", "language"):
        setattr(kept, name, getattr(contact, name))
    kept.newsletter_consented_at = kept.newsletter_consented_at or contact.newsletter_consented_at
    kept.email_verified_at = kept.email_verified_at or contact.email_verified_at
    kept.left_at, contact.left_at = None, now
    return kept


def mark_verified(participation: Participation, *, now: datetime) -> None:
    """The contact's address is the municipality's: its own link said so."""
    contact = participation.contact
    if contact is not None and contact.email_verified_at is None and not participation.needs_review:
        contact.email_verified_at = now


# --- what only the team does ----------------------------------------------------------------------


def undo_held(participation: Participation, *, author: Author, now: datetime, reason: str) -> None:
    """« Réalisée » was said by mistake: back to « confirmée », and the ceremony is ahead again."""
    move(participation, State.CONFIRMED, author=author, now=now, reason=reason)
    event = participation.event
    if event is not None and event.state is EventState.HELD:
        events.undo_held(event, now=now)
        _record_ceremony(participation, EventState.HELD, author=author, now=now, reason=reason)


def reopen(participation: Participation, *, author: Author, now: datetime, reason: str) -> None:
    """A record was set aside by mistake: it is again one that never answered."""
    if participation.state is not State.DISCARDED or not author.is_team:
        raise Conflict("Cette fiche n’est pas écartée : il n’y a rien à rouvrir.")
    _record(
        participation,
        Track.STATE,
        before=participation.state.value,
        after=State.NOT_INVITED.value,
        author=author,
        now=now,
        reason=reason,
    )
    participation.state = State.NOT_INVITED
    participation.merged_into = None
    participation.needs_review = False
