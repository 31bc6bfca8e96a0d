"""Reading mailings: their words, the cases of an audience, the ledger and what became of its letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from campaign import clock
from campaign.accounts.models import Role, User
from campaign.campaigns.models import Edition
from campaign.contacts.basis import Missing, Published, find_basis
from campaign.contacts.models import Contact, ContactKind, Language, Purpose
from campaign.contacts.queries import DIRECTORY, list_barred, load_consents, load_participated
from campaign.db import db, key_of
from campaign.errors import NotFound
from campaign.events.models import Event, EventState
from campaign.events.models import Session as Sitting
from campaign.mailings.audiences import (
    OF_TERRITORIES,
    AddressFacts,
    Answers,
    Audience,
    Case,
    Ceremony,
    Place,
    Who,
)
from campaign.mailings.models import (
    Decision,
    Mailing,
    MailingText,
    Nature,
    Recipient,
    RecipientTerritory,
)
from campaign.mailings.schedule import SPACING_DAYS, MailingClass
from campaign.outbox.models import Message, MessageState, Scope, Suppression, Unsubscription
from campaign.participations import reach, states
from campaign.participations.models import (
    KitState,
    Mode,
    Participation,
    ParticipationMove,
    State,
    Track,
)
from campaign.territory.models import Mrc, Region, Territory, TerritoryKind
from campaign.web.filters import long_date

GONE = (MessageState.SENT, MessageState.DELIVERED)
"""The letter reached the other side, as far as anybody knows."""

LEFT_OR_LEAVING = (
    MessageState.QUEUED,
    MessageState.RESERVED,
    MessageState.SENDING,
    MessageState.UNCERTAIN,
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.COMPLAINED,
)
"""Counts as a solicitation: it left, will leave, or may have left."""

OTHER_ELECTORAL_RULES = (TerritoryKind.MRC, TerritoryKind.NORTHERN, TerritoryKind.COMMUNITY)


# --- mailings and their words -------------------------------------------------------------------------


def list_mailings(edition: Edition) -> Sequence[Mailing]:
    """The edition's mailings, in the order of the calendar; those added come last."""
    return db.session.scalars(
        sa.select(Mailing)
        .where(Mailing.edition_id == edition.id)
        .order_by(Mailing.line == 0, Mailing.line, Mailing.id)
    ).all()


def get_mailing(edition: Edition, key: str) -> Mailing:
    """The edition's mailing of that key."""
    mailing = db.session.scalar(
        sa.select(Mailing).where(Mailing.edition_id == edition.id, Mailing.key == key)
    )
    if mailing is None:
        raise NotFound(f"Il n’y a pas d’envoi « {key} » dans cette édition.")
    return mailing


def titles_of(edition_id: int) -> dict[str, str]:
    """The name of each mailing of the edition, by key."""
    rows = db.session.execute(sa.select(Mailing.key, Mailing.title).where(Mailing.edition_id == edition_id))
    return dict(rows.all())


def list_texts(mailing: Mailing) -> Sequence[MailingText]:
    """Every version of its words, the latest first."""
    return db.session.scalars(
        sa.select(MailingText).where(MailingText.mailing_id == mailing.id).order_by(MailingText.id.desc())
    ).all()


def find_previous(mailing: Mailing, edition: Edition) -> Mailing | None:
    """The mailing of the same key in the last edition before this one that had it."""
    return db.session.scalar(
        sa.select(Mailing)
        .join(Edition, Mailing.edition_id == Edition.id)
        .where(Mailing.key == mailing.key, Edition.number < edition.number)
        .order_by(Edition.number.desc())
        .limit(1)
    )


# --- the cases of an audience -------------------------------------------------------------------------


def load_cases(
    mailing: Mailing, edition: Edition, audience: Audience, *, now: datetime, may_apply_only: bool = False
) -> list[Case]:
    """Every address of the audience's list, with all that is needed to judge it: few queries, whatever the
    number. With `may_apply_only`, without those whose state leaves them out already. For long lists of
    contacts, see `next_contacts`."""
    if audience.who in OF_TERRITORIES:
        cases = _territory_cases(edition, audience, may_apply_only=may_apply_only)
    elif audience.who in (Who.COORDINATORS, Who.TEAM):
        cases = _team_cases(audience)
    else:
        cases = [_contact_case(row) for row in db.session.execute(_select_contacts(audience))]
    return _with_facts(cases, mailing, edition, now=now, emails=None)


def load_participants(edition: Edition) -> list[Case]:
    """Whoever answered in the edition; nothing is read of what is known of their addresses."""
    return _territory_cases(edition, Audience(who=Who.PARTICIPANTS), may_apply_only=False)


def next_contacts(
    mailing: Mailing, edition: Edition, audience: Audience, *, now: datetime, limit: int
) -> list[Case]:
    """The next contacts that the ledger does not know, so that a list of 100,000 is taken by small pieces.

    From the last one decided on, then from the start for those who were added or corrected meanwhile.
    """
    last = db.session.scalar(
        sa.select(Recipient.contact_id)
        .where(Recipient.mailing_id == mailing.id)
        .order_by(Recipient.id.desc())
        .limit(1)
    )
    rows = _undecided_contacts(mailing, audience, after=last or 0, limit=limit)
    if not rows and last:
        rows = _undecided_contacts(mailing, audience, after=0, limit=limit)
    cases = [_contact_case(row) for row in rows]
    return _with_facts(cases, mailing, edition, now=now, emails=[case.email for case in cases])


CONTACTS_PAGE = 1_000


def _undecided_contacts(
    mailing: Mailing, audience: Audience, *, after: int, limit: int
) -> list[sa.Row[*tuple[Any, ...]]]:
    """Page after page, by their number: a join with a ledger that grows would be read whole each time."""
    if db.engine.dialect.name == "postgresql":
        # A plan kept from when the ledger was empty compares each row of it with each address of the page.
        db.session.execute(sa.text("SET LOCAL plan_cache_mode = force_custom_plan"))
    wanted = _select_contacts(audience).limit(CONTACTS_PAGE)
    while page := db.session.execute(wanted.where(Contact.id > after)).all():
        keys = [row.email.lower() for row in page]
        known = set(
            db.session.scalars(
                sa.select(Recipient.key).where(Recipient.mailing_id == mailing.id, Recipient.key.in_(keys))
            )
        )
        fresh = [row for row in page if row.email.lower() not in known]
        if fresh:
            return list(fresh[:limit])
        after = page[-1].id
    return []


def list_newly_invited(*, limit: int) -> Sequence[tuple[Edition, Territory, str]]:
    """Municipalities that a solicitation of an edition reached, and whose participation does not say so yet;
    with the name of the mailing."""
    rows = db.session.execute(
        sa.select(Edition, Territory, sa.func.min(Mailing.title))
        .select_from(RecipientTerritory)
        .join(Recipient, RecipientTerritory.recipient_id == Recipient.id)
        .join(Message, Recipient.message_id == Message.id)
        .join(Mailing, Recipient.mailing_id == Mailing.id)
        .join(Edition, Mailing.edition_id == Edition.id)
        .join(Territory, RecipientTerritory.territory_id == Territory.id)
        .outerjoin(
            Participation,
            sa.and_(
                Participation.territory_id == RecipientTerritory.territory_id,
                Participation.edition_id == Mailing.edition_id,
            ),
        )
        .where(
            Mailing.mailing_class == MailingClass.SOLICITATION.value,
            Recipient.decision == Decision.INCLUDED,
            Message.state.in_(GONE),
            sa.or_(Participation.id.is_(None), Participation.state == State.NOT_INVITED),
        )
        .group_by(Edition.id, Territory.id)
        .limit(limit)
    )
    return [(edition, territory, title) for edition, territory, title in rows]


def contact_cases(
    mailing: Mailing, edition: Edition, audience: Audience, contact_ids: Sequence[int], *, now: datetime
) -> list[Case]:
    """The cases of these contacts, if they are in the audience's list."""
    rows = db.session.execute(_select_contacts(audience).where(Contact.id.in_(contact_ids)))
    cases = [_contact_case(row) for row in rows]
    return _with_facts(cases, mailing, edition, now=now, emails=[case.email for case in cases])


def decided_keys(mailing: Mailing) -> set[str]:
    """What the ledger has already."""
    return set(db.session.scalars(sa.select(Recipient.key).where(Recipient.mailing_id == mailing.id)))


def places_written_to(mailing: Mailing) -> set[int]:
    """The territories for which the ledger has a letter."""
    return set(
        db.session.scalars(
            sa.select(RecipientTerritory.territory_id)
            .join(Recipient, RecipientTerritory.recipient_id == Recipient.id)
            .where(Recipient.mailing_id == mailing.id, Recipient.decision == Decision.INCLUDED)
        )
    )


def _territory_cases(edition: Edition, audience: Audience, *, may_apply_only: bool) -> list[Case]:
    wanted = _select_territories(edition, audience)
    if may_apply_only:
        wanted = wanted.where(Participation.state.in_(audience.states or tuple(State)))
    rows = db.session.execute(wanted).all()
    if not rows:
        return []
    contacts = _contacts_by_address()
    moves = _moves_of(edition)
    returning = _returning(edition)
    received = _received(edition, audience)
    return [
        _territory_case(
            row,
            contact=contacts.get((row.id, row.address or "")),
            moves=moves.get(row.participation_id, {}),
            is_returning=row.id in returning,
            received=received.get(row.id, {}),
        )
        for row in rows
    ]


def _select_territories(edition: Edition, audience: Audience) -> sa.Select[*tuple[Any, ...]]:
    sitting = aliased(Sitting)
    wanted: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            Territory.id,
            Territory.geo_code,
            Territory.name,
            Territory.designation_name,
            Territory.de_form,
            Territory.a_form,
            Territory.kind,
            Territory.time_zone,
            Territory.region_code,
            Territory.mrc_code,
            Region.name.label("region_name"),
            Mrc.name.label("mrc_name"),
            Territory.contact_as_of,
            reach.address().label("address"),
            sa.func.lower(Territory.email).label("mailbox"),
            Participation.id.label("participation_id"),
            Participation.state,
            Participation.needs_review,
            Participation.registered_at,
            Participation.decides_on,
            Participation.modes,
            Participation.resolution_state,
            Participation.resolution_on,
            Participation.kit_state,
            Participation.kit_flags,
            Participation.delivery_address,
            Participation.report_state,
            Participation.language,
            Event.state.label("ceremony_state"),
            Event.place,
            sitting.starts_on,
            sitting.starts_at,
        )
        .select_from(Territory)
        .outerjoin(
            Participation,
            sa.and_(Participation.territory_id == Territory.id, Participation.edition_id == edition.id),
        )
        .outerjoin(Contact, Contact.id == Participation.contact_id)
        .outerjoin(Event, Event.id == Participation.event_id)
        .outerjoin(sitting, sa.and_(sitting.event_id == Event.id, sitting.position == 0))
        .outerjoin(Region, Region.code == Territory.region_code)
        .outerjoin(Mrc, Mrc.code == Territory.mrc_code)
        .where(Territory.valid_to.is_(None))
        .order_by(Territory.sort_key, Territory.id)
    )
    answered = Participation.id.is_not(None)
    if audience.who is Who.PARTICIPANTS:
        wanted = wanted.where(answered)
    elif not audience.kinds:
        wanted = wanted.where(sa.or_(Territory.is_local.is_(True), answered))
    if audience.kinds:
        wanted = wanted.where(Territory.kind.in_(audience.kinds))
    if audience.exclude_other_electoral_rules:
        wanted = wanted.where(Territory.kind.not_in(OTHER_ELECTORAL_RULES))
    places = [Territory.region_code.in_(audience.regions)] if audience.regions else []
    places += [Territory.mrc_code.in_(audience.mrcs)] if audience.mrcs else []
    return wanted.where(sa.or_(*places)) if places else wanted


def _territory_case(
    row: sa.Row[Any],
    *,
    contact: Any,
    moves: Mapping[tuple[Track, str], datetime],
    is_returning: bool,
    received: Mapping[str, date],
) -> Case:
    return Case(
        email=(row.address or "").lower(),
        first_name=contact.first_name if contact else "",
        name=f"{contact.first_name} {contact.last_name}".strip() if contact else "",
        language=row.language or (contact.language if contact else Language.FRENCH),
        contact_id=contact.id if contact else None,
        do_not_solicit=contact.do_not_solicit if contact else False,
        published=Published(source=DIRECTORY, on=row.contact_as_of)
        if row.address and row.address.lower() == row.mailbox
        else None,
        place=Place(
            id=row.id,
            geo_code=row.geo_code,
            name=row.name,
            designation_name=row.designation_name,
            de_form=row.de_form,
            a_form=row.a_form,
            region_code=row.region_code,
            region_name=row.region_name or "",
            mrc_code=row.mrc_code,
            mrc_name=row.mrc_name or "",
            kind=row.kind,
            time_zone=row.time_zone,
        ),
        answers=_answers(row, moves) if row.participation_id else Answers(),
        is_returning=is_returning,
        received_on=received,
    )


def _answers(row: sa.Row[Any], moves: Mapping[tuple[Track, str], datetime]) -> Answers:
    is_planned = row.ceremony_state in (EventState.PLANNED, EventState.POSTPONED, EventState.HELD)
    return Answers(
        state=row.state,
        needs_review=row.needs_review,
        registered_at=row.registered_at,
        undecided_since=moves.get((Track.STATE, State.UNDECIDED.value)),
        decides_on=row.decides_on,
        raises_flag=bool({Mode.FLAG.value, Mode.MAE_FLAG.value} & set(row.modes or ())),
        resolution=row.resolution_state,
        resolution_on=row.resolution_on,
        kit=row.kit_state,
        kit_is_complete=row.kit_state is not KitState.REQUESTED
        or bool(row.kit_flags and row.delivery_address),
        kit_shipped_at=moves.get((Track.KIT, KitState.SHIPPED.value)),
        report=row.report_state,
        ceremony=row.ceremony_state,
        ceremony_on=row.starts_on if is_planned else None,
        ceremony_at=row.starts_at if is_planned else None,
        ceremony_place=row.place or "",
    )


def _contacts_by_address() -> dict[tuple[int, str], Any]:
    """The last person known at each address of each territory."""
    rows = db.session.execute(
        sa.select(
            Contact.territory_id,
            Contact.email,
            Contact.id,
            Contact.first_name,
            Contact.last_name,
            Contact.language,
            Contact.do_not_solicit,
        )
        .where(Contact.territory_id.is_not(None), Contact.left_at.is_(None), Contact.email != "")
        .order_by(Contact.id)
    )
    return {(row.territory_id, row.email): row for row in rows}


def _moves_of(edition: Edition) -> dict[int, dict[tuple[Track, str], datetime]]:
    """When each participation last became undecided, and when its kit left."""
    rows = db.session.execute(
        sa.select(
            ParticipationMove.participation_id,
            ParticipationMove.track,
            ParticipationMove.after,
            sa.func.max(ParticipationMove.moved_at, type_=ParticipationMove.moved_at.type),
        )
        .join(Participation, ParticipationMove.participation_id == Participation.id)
        .where(
            Participation.edition_id == edition.id,
            sa.or_(
                sa.and_(
                    ParticipationMove.track == Track.STATE,
                    ParticipationMove.after == State.UNDECIDED.value,
                ),
                sa.and_(
                    ParticipationMove.track == Track.KIT, ParticipationMove.after == KitState.SHIPPED.value
                ),
            ),
        )
        .group_by(ParticipationMove.participation_id, ParticipationMove.track, ParticipationMove.after)
    )
    found: dict[int, dict[tuple[Track, str], datetime]] = {}
    for participation_id, track, after, moved_at in rows:
        found.setdefault(participation_id, {})[track, after] = moved_at
    return found


def _returning(edition: Edition) -> set[int]:
    """Who took part in the edition before; what was merged since counts for its successor."""
    previous = aliased(Edition)
    past = aliased(Territory)
    rows = db.session.execute(
        sa.select(past.id, past.successor_id)
        .join(Participation, Participation.territory_id == past.id)
        .join(previous, Participation.edition_id == previous.id)
        .where(previous.number == edition.number - 1, Participation.state.in_(states.COUNTED))
    )
    return {each for row in rows for each in row if each is not None}


def _received(edition: Edition, audience: Audience) -> dict[int, dict[str, date]]:
    """On which day the mailing that the audience asks for left to each territory."""
    if audience.received is None:
        return {}
    rows = db.session.execute(
        sa.select(RecipientTerritory.territory_id, sa.func.max(Message.sent_at, type_=Message.sent_at.type))
        .join(Recipient, RecipientTerritory.recipient_id == Recipient.id)
        .join(Mailing, Recipient.mailing_id == Mailing.id)
        .join(Message, Recipient.message_id == Message.id)
        .where(
            Mailing.edition_id == edition.id,
            Mailing.key == audience.received.key,
            Message.state.in_(GONE),
        )
        .group_by(RecipientTerritory.territory_id)
    )
    key = audience.received.key
    return {territory_id: {key: clock.today(sent_at)} for territory_id, sent_at in rows if sent_at}


def _team_cases(audience: Audience) -> list[Case]:
    roles = (Role.COORDINATOR,) if audience.who is Who.COORDINATORS else (Role.ADMIN, Role.ORGANIZER)
    people = db.session.scalars(
        sa.select(User).where(User.role.in_(roles), User.is_active.is_(True)).order_by(User.id)
    )
    return [
        Case(email=person.email, name=person.name, first_name=person.name.partition(" ")[0])
        for person in people
        if not audience.regions or person.region_codes & set(audience.regions)
    ]


def _select_contacts(audience: Audience) -> sa.Select[*tuple[Any, ...]]:
    default = (ContactKind.ORGANIZATION, ContactKind.PARTNER, ContactKind.SUBSCRIBER)
    kinds = audience.lists or ((ContactKind.MEDIA,) if audience.who is Who.MEDIA else default)
    wanted: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            Contact.id,
            Contact.email,
            Contact.first_name,
            Contact.last_name,
            Contact.language,
            Contact.do_not_solicit,
        )
        .where(Contact.kind.in_(kinds), Contact.left_at.is_(None), Contact.email != "")
        .order_by(Contact.id)
    )
    if audience.regions:
        # Whoever works in all of Québec is of every region.
        wanted = wanted.where(
            sa.or_(Contact.region_code.is_(None), Contact.region_code.in_(audience.regions))
        )
    return wanted


def _contact_case(row: sa.Row[Any]) -> Case:
    return Case(
        email=row.email.lower(),
        first_name=row.first_name,
        name=f"{row.first_name} {row.last_name}".strip(),
        language=row.language,
        contact_id=row.id,
        do_not_solicit=row.do_not_solicit,
    )


def coordinators() -> dict[str, str]:
    """Who signs for each region: its coordinator, when there is one with a name."""
    people = db.session.scalars(
        sa.select(User)
        .where(User.role == Role.COORDINATOR, User.is_active.is_(True), User.name != "")
        .order_by(User.id.desc())
    )
    return {code: person.name for person in people for code in person.region_codes}


def past_ceremonies(edition: Edition, territory_ids: Sequence[int]) -> dict[int, Ceremony]:
    """The ceremony that each of these territories held in the edition before."""
    previous = aliased(Edition)
    rows = db.session.execute(
        sa.select(Participation.territory_id, Sitting.starts_on, Sitting.starts_at, Event.time_zone)
        .join(previous, Participation.edition_id == previous.id)
        .join(Event, Event.id == Participation.event_id)
        .join(Sitting, Sitting.event_id == Event.id)
        .where(
            previous.number == edition.number - 1,
            Participation.territory_id.in_(territory_ids),
            Participation.state.in_(states.COUNTED),
            Event.state != EventState.CANCELLED,
        )
        .order_by(Sitting.position.desc())
    )
    return {
        row.territory_id: Ceremony(day=row.starts_on, starts_at=row.starts_at, time_zone=row.time_zone)
        for row in rows
    }


NOTHING_KNOWN = AddressFacts()


# --- what is known of the addresses -------------------------------------------------------------------


def _with_facts(
    cases: list[Case], mailing: Mailing, edition: Edition, *, now: datetime, emails: Sequence[str] | None
) -> list[Case]:
    facts = load_facts(edition, now=now, emails=emails, besides=key_of(mailing))
    missing = _missing_bases(cases, mailing, now=now)
    barred = list_barred([each.email for each in cases])
    told = {*facts, *missing, *barred}
    return [
        replace(
            each,
            do_not_solicit=each.do_not_solicit or each.email in barred,
            facts=replace(facts.get(each.email, NOTHING_KNOWN), missing_basis=missing.get(each.email, "")),
        )
        if each.email in told
        else each
        for each in cases
    ]


def _missing_bases(cases: Sequence[Case], mailing: Mailing, *, now: datetime) -> dict[str, str]:
    """Why the law, or the house, does not let some addresses be written to.

    What is sold asks for a basis from everybody (LCAP art. 6). What only informs does not; the house asks for
    one all the same from the lists of contacts, whose addresses were not published for that.
    """
    is_commercial = mailing.nature is Nature.COMMERCIAL
    if not is_commercial and mailing.audience.get("who") != Who.CONTACTS.value:
        return {}
    purpose = Purpose.COMMERCIAL if is_commercial else Purpose.CAMPAIGN
    emails = [each.email for each in cases if each.email]
    consents, participated = load_consents(emails), load_participated(emails)
    found = {
        each.email: find_basis(
            consents.get(each.email, ()),
            participated.get(each.email),
            each.published,
            purpose=purpose,
            today=clock.today(now),
        )
        for each in cases
        if each.email
    }
    return {email: basis.sentence for email, basis in found.items() if isinstance(basis, Missing)}


def load_facts(
    edition: Edition, *, now: datetime, emails: Sequence[str] | None, besides: int | None = None
) -> dict[str, AddressFacts]:
    """What holds back each address of which something is known: refusals, unsubscribes, recent solicitations.

    `emails` limits the reading; `besides` is the mailing at hand, which does not compete with itself.
    """

    def among(column: Any) -> list[sa.ColumnElement[bool]]:
        return [] if emails is None else [column.in_(emails)]

    refused = dict(
        db.session.execute(
            sa.select(Suppression.email, Suppression.reason).where(*among(Suppression.email))
        ).all()
    )
    left = dict(
        db.session.execute(
            sa.select(
                Unsubscription.email, sa.func.min(Unsubscription.since, type_=Unsubscription.since.type)
            )
            .where(
                sa.or_(
                    Unsubscription.scope.in_((Scope.ORGANIZATION, Scope.ALL)),
                    Unsubscription.campaign == str(edition.number),
                ),
                *among(Unsubscription.email),
            )
            .group_by(Unsubscription.email)
        ).all()
    )
    solicited = _last_solicitations(now, among(Recipient.email), besides=besides)
    return {
        email: AddressFacts(
            refused=refused.get(email, ""),
            unsubscribed=f"Désabonnée depuis le {long_date(clock.today(left[email]))}"
            if email in left
            else "",
            last_solicited_on=solicited[email][0] if email in solicited else None,
            last_solicited_by=solicited[email][1] if email in solicited else "",
        )
        for email in {*refused, *left, *solicited}
    }


def _last_solicitations(
    now: datetime, among: Iterable[sa.ColumnElement[bool]], *, besides: int | None
) -> dict[str, tuple[date, str]]:
    """The last solicitation of each address in the days that count, and the name of its mailing.

    What counts is the day on which it left, which a hold may put long after the decision.
    """
    since = now - timedelta(days=SPACING_DAYS + 4)
    moment = sa.func.coalesce(Message.sent_at, Message.not_before, type_=Message.sent_at.type)
    rows = db.session.execute(
        sa.select(Recipient.email, moment, Mailing.title)
        .join(Mailing, Recipient.mailing_id == Mailing.id)
        .join(Message, Recipient.message_id == Message.id)
        .where(
            sa.or_(Message.sent_at > since, Message.not_before > since),
            Recipient.decision == Decision.INCLUDED,
            Mailing.mailing_class == MailingClass.SOLICITATION.value,
            Mailing.id != (besides or 0),
            Message.state.in_(LEFT_OR_LEAVING),
            *among,
        )
        .order_by(moment)
    )
    return {email: (clock.today(at), title) for email, at, title in rows}
