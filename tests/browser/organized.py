"""A gathering as the team builds and follows it: the open one of the demonstration, and its parts."""

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign.campaigns.queries import current_edition
from campaign.db import key_of
from campaign.events import planning
from campaign.events.models import Event
from campaign.registrations import invitations, questions
from campaign.registrations.models import Attendee, Registration, RegistrationState


def set_organized(session: Session, now: datetime) -> Iterator[tuple[str, str]]:
    """The numbers by which the addresses of its pages name it and its parts."""
    number = session.scalars(
        sa.select(Event.id).where(
            Event.title == "Grand rassemblement de la petite enfance",
            Event.edition_id == current_edition().id,
        )
    ).one()
    event = planning.get_event(number)
    cohort = planning.save_cohort(event, None, name="Groupe 1", capacity=None, sitting_ids=(), now=now)
    morning = next(one for one in event.sessions if one.programme)
    found = sa.select(Registration.id).where(Registration.event_id == number).order_by(Registration.id)
    confirmed = session.scalars(found.where(Registration.state == RegistrationState.CONFIRMED)).first()
    waiting = session.scalars(found.where(Registration.state == RegistrationState.WAITING)).first()
    person = session.scalars(sa.select(Attendee.id).where(Attendee.registration_id == confirmed)).first()
    yield "organized", str(number)
    yield "organized_cohort", str(key_of(cohort))
    yield "organized_sitting", str(key_of(morning))
    yield "organized_item", str(key_of(morning.programme[0]))
    yield "organized_confirmed", str(confirmed)
    yield "organized_waiting", str(waiting)
    yield "organized_person", str(person)
    yield "organized_question", str(key_of(questions.list_questions(number)[0]))
    yield (
        "organized_invitation",
        str(next(one.id for one in invitations.list_invitations(number) if not one.registration_id)),
    )
    yield (
        "organized_without",
        str(
            session.scalars(
                sa.select(Event.id).where(Event.title == "Rencontres de Grandissons tous ensemble, 2021-2022")
            ).one()
        ),
    )
