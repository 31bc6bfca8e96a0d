"""« Recevoir un nouveau lien »: one letter with the links of all that an address is registered to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from campaign.campaigns import queries as campaigns
from campaign.db import db
from campaign.events import wording
from campaign.identifiers import hash_token
from campaign.outbox import services as outbox
from campaign.outbox.addresses import normalize
from campaign.outbox.rendering import public_link
from campaign.registrations import links
from campaign.registrations.models import Attendee, Registration
from campaign.registrations.queries import WITH_EVENT
from campaign.registrations.services import OVER


def send(email: str, *, now: datetime) -> None:
    """Write to that address, if it is registered to anything; once an hour, whoever asks."""
    address = normalize(email)
    registrations = _registrations(address)
    people = _people(address, besides=[one.id for one in registrations])
    items = [
        (one.event, public_link("registrations.manage", token=links.registration_token(one)))
        for one in registrations
    ] + [
        (one.registration.event, public_link("registrations.ticket", token=links.ticket_token(one)))
        for one in people
    ]
    if not items:
        return
    outbox.enqueue(
        "registration_links",
        to=address,
        context={
            "items": [
                {"title": event.title, "day": wording.day_text(wording.Occasion.of(event)), "url": url}
                for event, url in items
            ],
            "organization": campaigns.organization(),
            "edition_is_simulated": any(event.edition.is_simulated for event, _url in items),
        },
        now=now,
        dedupe_key=f"registration-links:{hash_token(address)[:24]}:{now:%Y%m%d%H}",
    )


def _registrations(address: str) -> Sequence[Registration]:
    return db.session.scalars(
        sa.select(Registration)
        .where(Registration.email == address, Registration.state.not_in(OVER))
        .options(WITH_EVENT)
        .order_by(Registration.id)
    ).all()


def _people(address: str, *, besides: Sequence[int]) -> Sequence[Attendee]:
    """Colleagues whom somebody else registered."""
    return db.session.scalars(
        sa.select(Attendee)
        .join(Attendee.registration)
        .where(
            Attendee.email == address,
            Attendee.is_active,
            Attendee.registration_id.not_in(besides),
            Registration.state.not_in(OVER),
        )
        .options(joinedload(Attendee.registration).options(WITH_EVENT))
        .order_by(Attendee.id)
    ).all()
