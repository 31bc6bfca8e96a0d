"""The day after: thanks to whoever came, with the questionnaire, and the attestation when it is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload, selectinload

from campaign import clock
from campaign.campaigns import queries as campaigns
from campaign.checkin import attestations, presence, surveys
from campaign.checkin.attestations import Standing
from campaign.checkin.models import Attendance
from campaign.db import db
from campaign.events.models import Event
from campaign.identifiers import hash_token, new_token
from campaign.outbox import services as outbox
from campaign.outbox.rendering import public_link
from campaign.registrations import hours, links, queries
from campaign.registrations.models import Attendee, Survey

TOO_LATE = timedelta(days=14)
"""Thanks that come later than this after the last sitting are not sent at all."""


AT_ONCE = 50
"""Letters of one transaction: others wait a second for their turn, not minutes."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What one batch did."""

    letters: int
    last: int
    """The last person considered: the next batch begins after."""
    is_left: bool


def advance(event: Event, *, after: int = 0, now: datetime) -> Progress:
    """Write to some of those who came, the day after the last sitting that was theirs; the caller commits
    each batch, then asks for the next one.

    Once for each person, whoever calls and however often: see `open_links`. A worker that is killed leaves
    whole batches behind it, and another one begins again from the first person, without writing twice. Those
    who did not come receive nothing. The event is that of `registrations.queries.get_event`.
    """
    people = _list_unthanked(event, after)
    letters = sum(_thank(attendee, event, now=now) for attendee in people)
    last = people[-1].id if people else after
    return Progress(letters=letters, last=last, is_left=len(people) == AT_ONCE)


def _thank(attendee: Attendee, event: Event, *, now: datetime) -> bool:
    """Whether a letter was written."""
    email = attendee.email or attendee.registration.email
    if not email or not _is_due(attendee, event, now):
        return False
    opened = open_links(attendee, event, now=now)
    if opened is None:
        return False
    _write(attendee, event, email, opened, now=now)
    return True


@dataclass(frozen=True, kw_only=True)
class Links:
    """What one person is offered after an event."""

    survey_url: str
    attestation_url: str
    """Empty when none is due."""


def open_links(attendee: Attendee, event: Event, *, now: datetime) -> Links | None:
    """The questionnaire of that person, and their attestation when it is due; None when they have had them
    already, even in another process at the same instant: the token is written here, once.

    The person's choices are loaded.
    """
    token = _issue(attendee)
    if not token:
        return None
    due = attestations.attestation_of(attendee, event, queries.find_rules(event.id), now=now)
    ticket = links.ticket_token(attendee)
    is_due = due.standing is Standing.DUE
    return Links(
        survey_url=public_link("afterwards.survey", token=token),
        attestation_url=public_link("afterwards.attestation", token=ticket) if is_due else "",
    )


def _list_unthanked(event: Event, after: int) -> list[Attendee]:
    came = sa.exists().where(Attendance.attendee_id == Attendee.id)
    is_thanked = sa.exists().where(Survey.attendee_id == Attendee.id)
    return list(
        db.session.scalars(
            sa.select(Attendee)
            .where(Attendee.event_id == event.id, Attendee.id > after, came, ~is_thanked)
            .options(joinedload(Attendee.registration), selectinload(Attendee.choices))
            .order_by(Attendee.id)
            .limit(AT_ONCE)
        )
    )


def _is_due(attendee: Attendee, event: Event, now: datetime) -> bool:
    """The day after the last of their sittings: somebody whose second date is to come is not thanked yet."""
    theirs = presence.sittings_of(attendee, event) | attestations.attended_by(attendee)
    days = [each.ends_on or each.starts_on for each in presence.list_sittings(event) if each.id in theirs]
    known = [day for day in days if day is not None]
    today = clock.today(now, event.time_zone)
    return bool(known) and timedelta() < today - max(known) <= TOO_LATE


def _issue(attendee: Attendee) -> str:
    """The token of their questionnaire; empty when another process has just written to them."""
    token = new_token()
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    issued = db.session.execute(
        insert(Survey)
        .values(attendee_id=attendee.id, token_hash=hash_token(token))
        .on_conflict_do_nothing(index_elements=["attendee_id"])
        .returning(Survey.attendee_id)
    ).all()
    return token if issued else ""


def _write(attendee: Attendee, event: Event, email: str, opened: Links, *, now: datetime) -> None:
    name = f"{attendee.first_name} {attendee.last_name}"
    outbox.enqueue(
        "gathering_survey",
        to=email,
        to_name=name if attendee.email else attendee.registration.name,
        context={
            "event": event,
            "name": name,
            "survey_url": opened.survey_url,
            "attestation_url": opened.attestation_url,
            "closes_on": surveys.closes_on(event),
            "organization": campaigns.organization(),
            "edition_is_simulated": event.edition.is_simulated,
        },
        now=now,
        not_before=hours.next_decent(now, event.time_zone),
        dedupe_key=f"survey:{attendee.id}",
        regarding=f"inscription:{attendee.registration_id}",
    )
