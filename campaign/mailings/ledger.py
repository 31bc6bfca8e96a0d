"""Reading the ledger for people: how many got what and why, who is to be telephoned; as lists and as files.

`regions` is None for the whole of Québec, else the codes that the person may see: only the rows that are
about one of their municipalities are then counted or listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, load_only, selectinload

from campaign import clock
from campaign.campaigns.models import Edition
from campaign.contacts.models import Contact
from campaign.db import db
from campaign.mailings import resending
from campaign.mailings.audiences import LABELS, Reason
from campaign.mailings.filters import Filters
from campaign.mailings.models import Decision, Mailing, Recipient, RecipientTerritory
from campaign.mailings.plan import VARIANT_LABELS, Line
from campaign.mailings.resending import Chance
from campaign.outbox.models import Message, MessageState, Suppression
from campaign.outbox.queries import RATE_WINDOW
from campaign.outbox.words import MESSAGE_STATES
from campaign.participations import reach
from campaign.participations.models import Participation, ParticipationMove, State, Track
from campaign.territory.models import Territory
from campaign.territory.search import search
from campaign.web.filters import telephone
from campaign.web.spreadsheets import typed

Regions = frozenset[str] | None

PAGE_LENGTH = 50
MOST_FOUND = 300
CHUNK = 500

WAITING = (MessageState.QUEUED, MessageState.RESERVED, MessageState.SENDING)
GONE = (MessageState.SENT, MessageState.DELIVERED, MessageState.COMPLAINED)
"""The other side took it."""

ANSWERS = (State.UNDECIDED, State.REGISTERED, State.CONFIRMED, State.DECLINED)

_TOLD_BY_DETAIL = (
    Reason.STATE,
    Reason.RETURNING,
    Reason.NOT_RECEIVED,
    Reason.RESOLUTION,
    Reason.KIT,
    Reason.REPORT,
    Reason.CEREMONY,
)
"""Reasons whose detail is one of a few sentences: « Déjà inscrite » says more than « Sa réponse ne correspond
pas ». That of the others names a day or a mailing."""

MEANWHILE = " (entre-temps)"
"""Ends the detail of a letter taken out of the queue."""


# --- counting -----------------------------------------------------------------------------------------


def sentence_of(reason: str, detail: str) -> str:
    """Why an address was left out, in words that many share."""
    if reason in _TOLD_BY_DETAIL and detail:
        return detail.removesuffix(MEANWHILE)
    return LABELS[Reason(reason)] if reason in Reason._value2member_map_ else detail or reason


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What the ledger holds of a mailing. Each address is counted once: the parts always make the whole."""

    excluded: Mapping[str, int] = field(default_factory=dict)
    """How many for each reason, in words."""
    letters: Mapping[MessageState | None, int] = field(default_factory=dict)
    """Where the letters of those included stand; None when it is no longer kept."""
    recent: int = 0
    """Letters that left in the last minutes, and since when."""
    recent_since: datetime | None = None

    @property
    def considered(self) -> int:
        return self.included + self.left_out

    @property
    def included(self) -> int:
        return sum(self.letters.values())

    @property
    def left_out(self) -> int:
        return sum(self.excluded.values())

    @property
    def waiting(self) -> int:
        return self._count(*WAITING)

    @property
    def gone(self) -> int:
        return self._count(*GONE)

    @property
    def troubled(self) -> int:
        """Letters that need a person."""
        return self._count(MessageState.BOUNCED, MessageState.FAILED, MessageState.UNCERTAIN)

    @property
    def processed(self) -> int:
        """Letters that no longer wait."""
        return self.included - self.waiting

    def _count(self, *states: MessageState) -> int:
        return sum(self.letters.get(state, 0) for state in states)

    def per_minute(self, now: datetime) -> float:
        """How fast letters leave, over the last minutes or since the first."""
        if self.recent_since is None:
            return 0.0
        return self.recent / max((now - self.recent_since) / timedelta(minutes=1), 1.0)


NOTHING = Tally()


def tallies(
    edition_id: int, *, regions: Regions, now: datetime, mailing_ids: Collection[int] | None = None
) -> dict[int, Tally]:
    """What the ledger holds of each mailing of the edition, or of those, in one query."""
    told = sa.case((Recipient.reason.in_(_TOLD_BY_DETAIL), Recipient.detail), else_="")
    is_recent = sa.and_(Message.sent_at > now - RATE_WINDOW, Message.sent_at <= now)
    recent_at = sa.case((is_recent, Message.sent_at))
    rows = db.session.execute(
        sa.select(
            Recipient.mailing_id,
            Recipient.decision,
            Recipient.reason,
            told,
            Message.state,
            sa.func.count(),
            sa.func.count(recent_at),
            sa.func.min(recent_at, type_=Message.sent_at.type),
        )
        .join(Mailing, Recipient.mailing_id == Mailing.id)
        .outerjoin(Message, Recipient.message_id == Message.id)
        .where(
            Mailing.edition_id == edition_id,
            *([] if mailing_ids is None else [Mailing.id.in_(mailing_ids)]),
            *_in_scope(regions),
        )
        .group_by(Recipient.mailing_id, Recipient.decision, Recipient.reason, told, Message.state)
    )
    by_mailing: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        by_mailing.setdefault(row[0], []).append(row[1:])
    return {key: _tally(found) for key, found in by_mailing.items()}


def _tally(rows: Iterable[tuple[Any, ...]]) -> Tally:
    excluded: Counter[str] = Counter()
    letters: Counter[MessageState | None] = Counter()
    recent, since = 0, []
    for decision, reason, detail, state, count, left, first in rows:
        if decision is Decision.INCLUDED:
            letters[state] += count
        else:
            excluded[sentence_of(reason, detail)] += count
        recent += left
        since += [first] if first else []
    return Tally(
        excluded=dict(excluded.most_common()),
        letters=dict(letters),
        recent=recent,
        recent_since=min(since, default=None),
    )


def count_answered(edition_id: int, *, regions: Regions, mailing_id: int | None = None) -> dict[int, int]:
    """Of each mailing, how many municipalities answered after their letter left."""
    rows = db.session.execute(
        sa.select(Recipient.mailing_id, sa.func.count(sa.distinct(RecipientTerritory.territory_id)))
        .join(Mailing, Recipient.mailing_id == Mailing.id)
        .join(Message, Recipient.message_id == Message.id)
        .join(RecipientTerritory, RecipientTerritory.recipient_id == Recipient.id)
        .join(Territory, Territory.id == RecipientTerritory.territory_id)
        .join(
            Participation,
            sa.and_(
                Participation.territory_id == Territory.id, Participation.edition_id == Mailing.edition_id
            ),
        )
        .join(ParticipationMove, ParticipationMove.participation_id == Participation.id)
        .where(
            Mailing.edition_id == edition_id,
            *([] if mailing_id is None else [Mailing.id == mailing_id]),
            *([] if regions is None else [Territory.region_code.in_(regions)]),
            Message.state.in_(GONE),
            ParticipationMove.track == Track.STATE,
            ParticipationMove.after.in_([state.value for state in ANSWERS]),
            ParticipationMove.moved_at > Message.sent_at,
        )
        .group_by(Recipient.mailing_id)
    )
    return dict(rows.all())


def _in_scope(regions: Regions) -> list[sa.ColumnElement[bool]]:
    """The row is about a municipality of these regions, or a contact who works there."""
    if regions is None:
        return []
    about = (
        sa.exists()
        .where(
            RecipientTerritory.recipient_id == Recipient.id,
            RecipientTerritory.territory_id == Territory.id,
            Territory.region_code.in_(regions),
        )
        .correlate(Recipient)
    )
    person = (
        sa.exists()
        .where(
            Contact.id == Recipient.contact_id,
            Contact.territory_id.is_(None),
            Contact.region_code.in_(regions),
        )
        .correlate(Recipient)
    )
    return [sa.or_(about, person)]


# --- the list -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Somebody to telephone, or to write to, when an address is dead."""

    name: str = ""
    role: str = ""
    phone: str = ""
    extension: str = ""
    email: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """An address considered, what became of it, and what can still be done."""

    recipient: Recipient
    message: Message | None
    territories: tuple[Territory, ...]
    """Those that the person may see."""
    is_whole: bool
    """The person may see all the municipalities that share the address."""
    chance: Chance
    reach: Reach | None
    """Whom to try next when no message reaches this address."""

    @property
    def detail(self) -> str:
        """What the ledger says of it; what it says of a municipality of another region stays hidden."""
        said = self.recipient.detail
        return said if self.is_whole or self.recipient.decision is Decision.EXCLUDED else ""

    @property
    def readable_message(self) -> Message | None:
        """The message that the person may open: it is kept under the first of its municipalities."""
        if self.message is None or self.is_whole:
            return self.message
        codes = {territory.geo_code for territory in self.territories}
        return self.message if self.message.regarding in codes else None


def select_recipients(mailing: Mailing, filters: Filters, *, regions: Regions) -> sa.Select[int]:
    """The ids of the rows that the filters ask for, in the order in which they were decided."""
    wanted = (
        sa.select(Recipient.id)
        .outerjoin(Message, Recipient.message_id == Message.id)
        .where(Recipient.mailing_id == mailing.id, *_in_scope(regions))
        .order_by(Recipient.id)
    )
    if filters.decision is not None:
        wanted = wanted.where(Recipient.decision == filters.decision)
    if filters.reason is not None:
        wanted = wanted.where(Recipient.reason == filters.reason.value)
    if filters.state is not None:
        wanted = wanted.where(Message.state == filters.state, Recipient.decision == Decision.INCLUDED)
    if filters.region:
        wanted = wanted.where(*_in_scope(frozenset({filters.region})))
    if filters.to_call:
        wanted = wanted.where(_is_unreachable())
    return wanted.where(_answers(filters.q)) if filters.q else wanted


def _is_unreachable() -> sa.ColumnElement[bool]:
    """No message arrives, and the municipality has not answered since by another way."""
    refuses = sa.exists().where(Suppression.email == Recipient.email).correlate(Recipient)
    is_dead = sa.or_(
        Recipient.reason.in_((Reason.NO_ADDRESS, Reason.ADDRESS_REFUSED)),
        sa.and_(
            Recipient.decision == Decision.INCLUDED,
            sa.or_(
                Message.state.in_((MessageState.BOUNCED, MessageState.FAILED)),
                sa.and_(Message.state == MessageState.SUPPRESSED, refuses),
            ),
        ),
    )
    has_answered = (
        sa.exists()
        .where(
            RecipientTerritory.recipient_id == Recipient.id,
            Participation.territory_id == RecipientTerritory.territory_id,
            Participation.edition_id == Mailing.edition_id,
            Mailing.id == Recipient.mailing_id,
            ParticipationMove.participation_id == Participation.id,
            ParticipationMove.track == Track.STATE,
            ParticipationMove.after.in_([state.value for state in ANSWERS]),
            ParticipationMove.moved_at > Recipient.decided_at,
        )
        .correlate(Recipient)
    )
    return sa.and_(is_dead, ~has_answered)


def _answers(said: str) -> sa.ColumnElement[bool]:
    """A name of a place as people type it, the beginning of a code, a person, an address."""
    found = [suggestion.geo_code for suggestion in search(said, limit=MOST_FOUND).suggestions]
    about: list[sa.ColumnElement[bool]] = [Territory.geo_code.in_(found)]
    if said.isdigit():
        about.append(Territory.geo_code.startswith(said))
    pattern = said.lower()
    return sa.or_(
        sa.func.lower(Recipient.email).contains(pattern, autoescape=True),
        sa.func.lower(Recipient.name).contains(pattern, autoescape=True),
        sa.exists()
        .where(
            RecipientTerritory.recipient_id == Recipient.id,
            RecipientTerritory.territory_id == Territory.id,
            sa.or_(*about),
        )
        .correlate(Recipient),
    )


def count_rows(mailing: Mailing, filters: Filters, *, regions: Regions) -> int:
    """How many rows the filters ask for."""
    wanted = select_recipients(mailing, filters, regions=regions).order_by(None).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(wanted)) or 0


def list_rows(
    mailing: Mailing,
    edition: Edition,
    filters: Filters,
    *,
    regions: Regions,
    limit: int | None = None,
    offset: int = 0,
) -> list[Row]:
    """The rows with all that they show: five queries whatever their number."""
    wanted = select_recipients(mailing, filters, regions=regions).limit(limit).offset(offset)
    return _load(db.session.scalars(wanted).all(), edition, regions=regions)


def _load(ids: Sequence[int], edition: Edition, *, regions: Regions) -> list[Row]:
    recipients = db.session.scalars(
        sa.select(Recipient)
        .where(Recipient.id.in_(ids))
        .order_by(Recipient.id)
        .options(
            joinedload(Recipient.message).load_only(
                Message.state, Message.to_email, Message.regarding, Message.sent_at, Message.last_error
            ),
            joinedload(Recipient.contact).load_only(Contact.email),
            selectinload(Recipient.territories).options(
                load_only(
                    Territory.geo_code,
                    Territory.name,
                    Territory.region_code,
                    Territory.phone,
                    Territory.email,
                ),
                joinedload(Territory.region),
            ),
        )
    ).all()
    territory_ids = {place.id for recipient in recipients for place in recipient.territories}
    addresses = addresses_now(edition, territory_ids)
    people = _people_of(territory_ids)
    return [_row(recipient, addresses, people, regions=regions) for recipient in recipients]


def _row(
    recipient: Recipient,
    addresses: Mapping[int, str],
    people: Mapping[int, Sequence[Contact]],
    *,
    regions: Regions,
) -> Row:
    places = recipient.territories
    visible = tuple(place for place in places if regions is None or place.region_code in regions)
    current = {addresses.get(place.id, "") for place in places}
    if not places:
        current = {recipient.contact.email if recipient.contact else recipient.email}
    message = recipient.message
    return Row(
        recipient=recipient,
        message=message,
        territories=visible,
        is_whole=len(visible) == len(places),
        chance=resending.chance_of(recipient, message, current),
        reach=_next_to_try(recipient, visible, people) if _needs_a_call(recipient, message) else None,
    )


def _needs_a_call(recipient: Recipient, message: Message | None) -> bool:
    if recipient.decision is Decision.EXCLUDED:
        return recipient.reason in (Reason.NO_ADDRESS, Reason.ADDRESS_REFUSED)
    dead = (MessageState.BOUNCED, MessageState.FAILED, MessageState.SUPPRESSED)
    return message is not None and message.state in dead


def addresses_now(edition: Edition, territory_ids: Collection[int]) -> dict[int, str]:
    """Where a message about each of these territories would go today, if anywhere."""
    if not territory_ids:
        return {}
    address = reach.address()
    rows = db.session.execute(
        sa.select(Territory.id, address)
        .outerjoin(
            Participation,
            sa.and_(Participation.territory_id == Territory.id, Participation.edition_id == edition.id),
        )
        .outerjoin(Contact, sa.and_(Contact.id == Participation.contact_id, Contact.left_at.is_(None)))
        .where(Territory.id.in_(territory_ids))
    )
    return {territory_id: (email or "").lower() for territory_id, email in rows}


def _people_of(territory_ids: Collection[int]) -> dict[int, list[Contact]]:
    """Who can be tried for each of these territories, the last known first."""
    people: dict[int, list[Contact]] = {}
    if territory_ids:
        for contact in db.session.scalars(
            sa.select(Contact)
            .where(Contact.territory_id.in_(territory_ids), Contact.left_at.is_(None))
            .order_by(Contact.id.desc())
        ):
            people.setdefault(contact.territory_id or 0, []).append(contact)
    return people


def _next_to_try(
    recipient: Recipient, places: Sequence[Territory], people: Mapping[int, Sequence[Contact]]
) -> Reach:
    """A telephone first: of a known person, else of the town hall; else another address."""
    known = [person for place in places for person in people.get(place.id, ())]
    for person in known:
        if person.phone:
            return _reach(person, recipient.email)
    phone = next((place.phone for place in places if place.phone), "")
    others = [person for person in known if person.email and person.email != recipient.email]
    town_halls = [place.email for place in places if place.email and place.email.lower() != recipient.email]
    if others:
        return Reach(name=others[0].full_name, role=others[0].role, phone=phone, email=others[0].email)
    return Reach(phone=phone, email=town_halls[0] if town_halls else "")


def _reach(person: Contact, dead: str) -> Reach:
    return Reach(
        name=person.full_name,
        role=person.role,
        phone=person.phone,
        extension=person.extension,
        email=person.email if person.email != dead else "",
    )


# --- files --------------------------------------------------------------------------------------------

LEDGER_COLUMNS = (
    "adresse", "nom", "decision", "motif", "detail", "variante", "municipalites", "codes", "moment",
    "message", "parti le", "ce qui s’est passé", "à appeler", "téléphone", "poste",
)  # fmt: skip


def ledger_rows(
    mailing: Mailing, edition: Edition, filters: Filters, *, regions: Regions
) -> Iterator[tuple[str, ...]]:
    """The same list as a file, some hundreds at a time: memory stays flat."""
    ids = db.session.scalars(select_recipients(mailing, filters, regions=regions)).all()
    for start in range(0, len(ids), CHUNK):
        for row in _load(ids[start : start + CHUNK], edition, regions=regions):
            yield _ledger_cells(row)
        db.session.expire_all()


def _ledger_cells(row: Row) -> tuple[str, ...]:
    recipient, message, to_try = row.recipient, row.message, row.reach or Reach()
    is_excluded = recipient.decision is Decision.EXCLUDED
    return (
        typed(recipient.email),
        typed(recipient.name),
        recipient.decision.value,
        typed(sentence_of(recipient.reason, recipient.detail)) if is_excluded else "",
        typed(row.detail),
        VARIANT_LABELS.get(recipient.variant, recipient.variant),
        typed(", ".join(place.name for place in row.territories)),
        " ".join(place.geo_code for place in row.territories),
        _wall(recipient.due_at),
        MESSAGE_STATES[message.state] if message else "",
        _wall(message.sent_at) if message else "",
        typed(message.last_error) if message else "",
        typed(", ".join(filter(None, (to_try.name, to_try.role)))),
        telephone(to_try.phone),
        typed(to_try.extension),
    )


def _wall(instant: datetime | None, zone: str = clock.EASTERN) -> str:
    """« 2027-10-05 09:00 », which every spreadsheet reads."""
    return f"{clock.to_local(instant, zone):%Y-%m-%d %H:%M}" if instant else ""


PREVIEW_COLUMNS = ("adresse", "decision", "motif", "variante", "municipalites", "moment")


def preview_rows(lines: Iterable[Line], regions: Regions = None) -> Iterator[tuple[str, ...]]:
    """Each address that a mailing would consider: the columns of `PREVIEW_COLUMNS`. The moment is on the
    clocks of the recipient."""
    for line in lines:
        yield (
            typed(line.email),
            line.decision.value,
            typed(reason_of(line)),
            VARIANT_LABELS.get(line.variant, line.variant),
            typed(", ".join(names_of(line, regions))),
            _wall(line.due.instant, line.zone),
        )


def reason_of(line: Line) -> str:
    """Why nobody is included; of a letter that leaves, which municipalities it leaves out and why."""
    return line.exclusion.detail if line.exclusion else line.note


# --- simulations --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The lines of a preview, counted: the parts always make the whole."""

    considered: int
    included: Mapping[str, int]
    """How many for each variant."""
    excluded: Mapping[str, int]
    """How many for each reason, in words."""

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Totals:
        included: Counter[str] = Counter()
        excluded: Counter[str] = Counter()
        for line in lines:
            if line.exclusion is None:
                included[line.variant] += 1
            else:
                excluded[sentence_of(line.exclusion.reason, line.exclusion.detail)] += 1
        return cls(
            considered=included.total() + excluded.total(),
            included=dict(included.most_common()),
            excluded=dict(excluded.most_common()),
        )

    @property
    def leaving(self) -> int:
        return sum(self.included.values())

    @property
    def left_out(self) -> int:
        return sum(self.excluded.values())


def names_of(line: Line, regions: Regions) -> list[str]:
    """The municipalities that share the address, those that the person may see."""
    return [
        case.place.name
        for case in line.cases
        if case.place and (regions is None or case.place.region_code in regions)
    ]


def visible_lines(lines: Iterable[Line], regions: Regions) -> list[Line]:
    """The lines about these regions; what a shared one says of municipalities elsewhere is taken out."""
    if regions is None:
        return list(lines)
    return [
        line if len(names) == len(line.cases) else replace(line, note="")
        for line in lines
        if (names := names_of(line, regions))
    ]
