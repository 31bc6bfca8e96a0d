"""Who we know, told by address: a person shared by several municipalities is one, with all of them.

`regions` is None for the whole of Québec, else the codes that whoever asks may see; what has no region then
stays out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import joinedload

from campaign.contacts.basis import (
    Found,
    Missing,
    Participated,
    Published,
    find_basis,
    oldest_relation,
)
from campaign.contacts.filters import MAILBOX, NO_BASIS, Filters
from campaign.contacts.models import Basis, Consent, Contact, ContactKind, ContactMove, Purpose
from campaign.db import db
from campaign.errors import NotFound
from campaign.i18n import _
from campaign.territory.models import Region, Territory

Regions = frozenset[str] | None
Row = TypeVar("Row")

PAGE_LENGTH = 50
CHUNK = 10_000
"""How many addresses one statement asks about: databases limit their parameters."""

DIRECTORY = "répertoire du MAMH"


@dataclass(frozen=True, kw_only=True)
class Person:
    """An address, and all that stands under it."""

    email: str
    rows: tuple[Contact, ...]
    """What was written down of them; none for a mailbox that only the directory knows."""
    mailboxes: tuple[Territory, ...]
    """The places whose general mailbox it is, by the directory."""
    places: Mapping[int, Territory]
    """The territories of the rows, by id."""
    consents: tuple[Consent, ...]
    participated: Participated | None
    is_barred: bool

    @property
    def name(self) -> str:
        """The person, else the organization, else the place whose mailbox it is."""
        for row in self.rows:
            if row.full_name or row.organization:
                return row.full_name or row.organization
        return self.mailboxes[0].name if self.mailboxes else self.email

    @property
    def first(self) -> Contact | None:
        return self.rows[0] if self.rows else None

    @property
    def territories(self) -> list[Territory]:
        """Every place that this address answers for, once, in the ministry's order."""
        ids = [row.territory_id for row in self.rows if row.territory_id and row.left_at is None]
        known = {place.id: place for place in (*self.mailboxes, *(self.places[each] for each in ids))}
        return sorted(known.values(), key=lambda place: place.sort_key)

    @property
    def published(self) -> Published | None:
        """Where the address is published: the directory, on its latest day."""
        days = [place.contact_as_of for place in self.mailboxes if place.contact_as_of]
        return Published(source=DIRECTORY, on=max(days)) if days else None

    def basis_for(self, purpose: Purpose, today: date) -> Found | Missing:
        """By what right it may be written to for that purpose on that day, or why not."""
        return find_basis(
            self.consents, self.participated, self.published, self.is_barred, purpose=purpose, today=today
        )


# --- by address, in bulk ------------------------------------------------------------------------------


def load_consents(emails: Collection[str]) -> dict[str, list[Consent]]:
    """What is written down of the rights on these addresses, withdrawn ones included, the oldest first."""
    found: dict[str, list[Consent]] = {}
    for consent in _in_chunks(
        emails,
        lambda some: db.session.scalars(
            sa.select(Consent).where(Consent.email.in_(some)).order_by(Consent.since, Consent.id)
        ),
    ):
        found.setdefault(consent.email, []).append(consent)
    return found


def list_barred(emails: Collection[str]) -> frozenset[str]:
    """Those of these addresses that asked not to be solicited, under any of their rows."""
    return frozenset(
        _in_chunks(
            emails,
            lambda some: db.session.scalars(
                sa.select(Contact.email).where(Contact.do_not_solicit, Contact.email.in_(some)).distinct()
            ),
        )
    )


def load_participated(emails: Collection[str]) -> dict[str, Participated]:
    """The last edition that whoever reads each of these addresses took part in."""
    relations = _relations()
    rows = _in_chunks(
        emails,
        lambda some: db.session.execute(
            sa.select(relations.c.email, relations.c.year, relations.c.until).where(
                relations.c.email.in_(some)
            )
        ),
    )
    found: dict[str, Participated] = {}
    for email, year, until in rows:
        if email not in found or found[email].until < until:
            found[email] = Participated(year=year, until=until)
    return found


def list_rows_of(email: str) -> Sequence[Contact]:
    """Every row of that address, those who left included, the oldest first."""
    return db.session.scalars(sa.select(Contact).where(Contact.email == email).order_by(Contact.id)).all()


def list_without_place(emails: Collection[str]) -> Sequence[Contact]:
    """The rows of these addresses that no municipality keeps: organizations, subscribers, media, partners."""
    return list(
        _in_chunks(
            emails,
            lambda some: db.session.scalars(
                sa.select(Contact)
                .where(Contact.territory_id.is_(None), Contact.email.in_(some))
                .order_by(Contact.id)
            ),
        )
    )


def _in_chunks(emails: Iterable[str], ask: Callable[[list[str]], Iterable[Row]]) -> Iterator[Row]:
    wanted = sorted({email for email in emails if email})
    for start in range(0, len(wanted), CHUNK):
        yield from ask(wanted[start : start + CHUNK])


def _relations() -> sa.Subquery:
    """Addresses beside the editions that their readers took part in (`email`, `year`, `until`): told by the
    application, since those who know stand above this room."""
    relations: sa.Subquery = current_app.extensions["relations"]()
    return relations


# --- the list -----------------------------------------------------------------------------------------


def select_addresses(filters: Filters, *, regions: Regions, today: date) -> sa.Select[str]:
    """The addresses that the filters ask for, each once, in their own order; to count or to load."""
    known = sa.union_all(*_selects(filters, regions)).subquery("known")
    wanted: sa.Select[str] = sa.select(known.c.email).distinct().order_by(known.c.email)
    if filters.barred:
        wanted = wanted.where(known.c.email.in_(sa.select(Contact.email).where(Contact.do_not_solicit)))
    if filters.basis == NO_BASIS:
        wanted = wanted.where(~sa.or_(*(_stands_on(each, known.c.email, today) for each in Basis)))
    elif filters.basis:
        wanted = wanted.where(_stands_on(Basis(filters.basis), known.c.email, today))
    return wanted


def _selects(filters: Filters, regions: Regions) -> Iterator[sa.Select[str]]:
    if filters.kind != MAILBOX:
        people = (
            sa.select(Contact.email.label("email"))
            .outerjoin(Territory, Territory.id == Contact.territory_id)
            .where(Contact.email != "", Contact.left_at.is_(None), *_within(regions, filters.region))
        )
        if filters.kind:
            people = people.where(Contact.kind == ContactKind(filters.kind))
        if filters.q:
            people = people.where(
                _says(
                    filters.q,
                    Contact.email,
                    Contact.organization,
                    Contact.first_name + " " + Contact.last_name,
                    Territory.name,
                )
            )
        yield people
    if filters.kind in ("", MAILBOX):
        yield _mailboxes(regions, filters)


def _mailboxes(regions: Regions, filters: Filters) -> sa.Select[str]:
    boxes = sa.select(sa.func.lower(Territory.email).label("email")).where(_has_mailbox())
    if regions is not None:
        boxes = boxes.where(Territory.region_code.in_(regions))
    if filters.region:
        boxes = boxes.where(Territory.region_code == filters.region)
    if filters.q:
        boxes = boxes.where(_says(filters.q, Territory.email, Territory.name))
    return boxes


def _has_mailbox() -> sa.ColumnElement[bool]:
    return sa.and_(Territory.email != "", Territory.valid_to.is_(None))


def region_of_row() -> sa.ColumnElement[Any]:
    """Where a contact works: its territory says it, else the row itself."""
    return sa.func.coalesce(Territory.region_code, Contact.region_code)


def _within(regions: Regions, region: str) -> Iterator[sa.ColumnElement[bool]]:
    if regions is not None:
        yield region_of_row().in_(regions)
    if region:
        yield region_of_row() == region


def _says(typed: str, *columns: Any) -> sa.ColumnElement[bool]:
    pattern = typed.lower()
    return sa.or_(*(sa.func.lower(column).contains(pattern, autoescape=True) for column in columns))


def _stands_on(basis: Basis, email: sa.ColumnElement[str], today: date) -> sa.ColumnElement[bool]:
    """The address may be written to by that right on that day."""
    is_recorded = sa.exists().where(
        Consent.email == email,
        Consent.basis == basis,
        Consent.withdrawn_at.is_(None),
        sa.or_(Consent.expires_on.is_(None), Consent.expires_on > today),
    )
    if basis is Basis.PUBLISHED:
        listed = sa.select(sa.func.lower(Territory.email)).where(
            _has_mailbox(), Territory.contact_as_of.is_not(None)
        )
        return sa.or_(is_recorded, email.in_(listed))
    if basis is Basis.PARTICIPANT:
        relations = _relations()
        related = sa.select(relations.c.email).where(relations.c.until >= oldest_relation(today))
        return sa.or_(is_recorded, email.in_(related))
    return is_recorded


def count_people(filters: Filters, *, regions: Regions, today: date) -> int:
    """How many addresses the filters find."""
    wanted = select_addresses(filters, regions=regions, today=today).order_by(None).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(wanted)) or 0


def list_people(
    filters: Filters, *, regions: Regions, today: date, limit: int | None = None, offset: int = 0
) -> list[Person]:
    """That page of the list, with what each address stands on: the same number of queries for any length."""
    wanted = select_addresses(filters, regions=regions, today=today).limit(limit).offset(offset)
    return load_people(db.session.scalars(wanted).all(), regions=regions)


def load_people(
    emails: Sequence[str], *, regions: Regions, with_those_who_left: bool = False
) -> list[Person]:
    """What stands under each of these addresses, in that order, as far as the person who asks may see."""
    rows = _grouped(_load_rows(emails, regions, with_those_who_left), lambda row: row.email)
    boxes = _grouped(_load_mailboxes(emails, regions), lambda place: place.email.lower())
    places = _load_places(row.territory_id for each in rows.values() for row in each)
    consents = load_consents(emails)
    participated = load_participated(emails)
    barred = list_barred(emails)
    return [
        Person(
            email=email,
            rows=tuple(rows.get(email, ())),
            mailboxes=tuple(boxes.get(email, ())),
            places=places,
            consents=tuple(consents.get(email, ())),
            participated=participated.get(email),
            is_barred=email in barred,
        )
        for email in emails
    ]


def _load_rows(emails: Sequence[str], regions: Regions, with_those_who_left: bool) -> Iterator[Contact]:
    asked = sa.select(Contact).outerjoin(Territory, Territory.id == Contact.territory_id)
    asked = asked.where(*_within(regions, "")).order_by(Contact.id)
    if not with_those_who_left:
        asked = asked.where(Contact.left_at.is_(None))
    return _in_chunks(emails, lambda some: db.session.scalars(asked.where(Contact.email.in_(some))))


def _load_mailboxes(emails: Sequence[str], regions: Regions) -> Iterator[Territory]:
    asked = sa.select(Territory).where(_has_mailbox()).options(joinedload(Territory.region))
    if regions is not None:
        asked = asked.where(Territory.region_code.in_(regions))
    asked = asked.order_by(Territory.sort_key)
    return _in_chunks(
        emails, lambda some: db.session.scalars(asked.where(sa.func.lower(Territory.email).in_(some)))
    )


def _load_places(ids: Iterable[int | None]) -> dict[int, Territory]:
    wanted = {each for each in ids if each is not None}
    found = db.session.scalars(
        sa.select(Territory).where(Territory.id.in_(wanted)).options(joinedload(Territory.region))
    )
    return {place.id: place for place in found}


def _grouped(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


# --- one person ---------------------------------------------------------------------------------------


def get_contact(contact_id: int, *, regions: Regions) -> Contact:
    """That row, if it is in the regions of whoever asks."""
    found = db.session.scalar(
        sa.select(Contact)
        .outerjoin(Territory, Territory.id == Contact.territory_id)
        .where(Contact.id == contact_id, *_within(regions, ""))
    )
    if found is None:
        raise NotFound(_("Ce contact n’existe pas, ou n’est pas dans vos régions."))
    return found


def get_person(contact_id: int, *, regions: Regions) -> Person:
    """The person of that row, with the others of the same address, those who left included."""
    email = get_contact(contact_id, regions=regions).email
    return load_people([email], regions=regions, with_those_who_left=True)[0]


def get_consent(consent_id: int, email: str) -> Consent:
    """That consent, if it is of that address."""
    consent = db.session.get(Consent, consent_id)
    if consent is None or consent.email != email:
        raise NotFound(_("Ce consentement n’existe pas."))
    return consent


def list_moves(email: str) -> Sequence[ContactMove]:
    """What was done to the contact of that address, the latest first."""
    return db.session.scalars(
        sa.select(ContactMove)
        .where(ContactMove.email == email)
        .order_by(ContactMove.moved_at.desc(), ContactMove.id.desc())
    ).all()


def list_visible_regions(regions: Regions) -> Sequence[Region]:
    """The regions that the person may choose from, by code."""
    wanted = sa.select(Region).order_by(Region.code)
    if regions is not None:
        wanted = wanted.where(Region.code.in_(regions))
    return db.session.scalars(wanted).all()
